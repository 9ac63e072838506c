import { Module, runModule } from '@pywatt/sdk';

@Module({ id: 'empty' })
class Empty {}

await runModule(Empty);
