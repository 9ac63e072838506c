import { runModule } from '@pywatt/sdk';
import { OrdersModule } from './orders.module.js';

await runModule(OrdersModule);
