import {
  type Cache,
  type Database,
  Inject,
  Injectable,
  InjectCache,
  InjectDatabase,
  InjectLogger,
  type Logger,
  Module,
  OnSecretRotated,
  type OnStart,
  type RotationContext,
  Secret,
  SecretValue,
} from '@pywatt/sdk';
import { Body, Controller, Get, NotFoundHttpResponse, Params, Post } from '@pywatt/sdk/http';
import { IsInt, IsString, Length, Min } from 'class-validator';

export interface Order {
  readonly id: number;
  readonly sku: string;
  readonly quantity: number;
  readonly paid_with: string | null;
}

export class NewOrder {
  @IsString() @Length(1, 40) sku!: string;
  @IsInt() @Min(1) quantity!: number;
}

@Injectable()
export class PaymentService {
  constructor(
    @Secret('STRIPE_KEY') private readonly stripeKey: SecretValue,
    @InjectLogger() private readonly log: Logger,
  ) {}

  /** Stands where a call to a payment provider would: it needs the key in force, and says which version it used. */
  charge(order: Order): string {
    if (!this.stripeKey.reveal().startsWith('sk_')) throw new Error('the payment key is not one');
    this.log.info('charged', { order: order.id });
    return this.stripeKey.version ?? 'unversioned';
  }

  /** Throwing here would reject the rotation everywhere, and the old key would stay in force. */
  @OnSecretRotated('STRIPE_KEY')
  onKeyRotated(next: SecretValue, _previous: SecretValue, context: RotationContext): void {
    if (!next.reveal().startsWith('sk_')) throw new Error('a payment key starts with sk_');
    this.log.info('the payment key rotates', { reason: context.reason, version: context.version });
  }
}

@Injectable()
export class OrderService {
  constructor(
    @InjectDatabase() private readonly database: Database,
    @InjectCache() private readonly cache: Cache,
    @Inject(PaymentService) private readonly payments: PaymentService,
  ) {}

  async place(input: NewOrder): Promise<Order> {
    return this.database.transaction(async (tx) => {
      const order = await tx.queryOne<Order>('INSERT INTO orders (sku, quantity) VALUES (?, ?) RETURNING *', [
        input.sku,
        input.quantity,
      ]);
      return order!;
    });
  }

  list(): Promise<Order[]> {
    return this.database.query<Order>('SELECT * FROM orders ORDER BY id');
  }

  /** Reads through the cache: the second time, the database is not asked. */
  async find(id: number): Promise<{ order: Order; from: 'cache' | 'database' }> {
    const key = `order:${id}`;
    const cached = await this.cache.get<Order>(key);
    if (cached) return { order: cached, from: 'cache' };
    const order = await this.database.queryOne<Order>('SELECT * FROM orders WHERE id = ?', [id]);
    if (!order) throw new NotFoundHttpResponse({ error: `there is no order ${id}` });
    await this.cache.set(key, order, { ttl: '5m' });
    return { order, from: 'database' };
  }

  async pay(id: number): Promise<Order> {
    const { order } = await this.find(id);
    const paid = await this.database.queryOne<Order>('UPDATE orders SET paid_with = ? WHERE id = ? RETURNING *', [
      this.payments.charge(order),
      id,
    ]);
    await this.cache.delete(`order:${id}`);
    return paid!;
  }
}

@Controller('/orders')
export class OrdersController {
  constructor(@Inject(OrderService) private readonly orders: OrderService) {}

  @Get('/') list() {
    return this.orders.list();
  }

  @Get('/:id') find(@Params({ name: 'id' }) id: string) {
    return this.orders.find(Number(id));
  }

  @Post('/') create(@Body(NewOrder) input: NewOrder) {
    return this.orders.place(input);
  }

  @Post('/:id/payment') pay(@Params({ name: 'id' }) id: string) {
    return this.orders.pay(Number(id));
  }
}

@Module({ id: 'orders', providers: [OrderService, PaymentService], controllers: [OrdersController] })
export class OrdersModule implements OnStart {
  constructor(@InjectDatabase() private readonly database: Database) {}

  async onStart(): Promise<void> {
    await this.database.execute(
      'CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, sku TEXT NOT NULL, quantity INTEGER NOT NULL, paid_with TEXT)',
    );
  }
}
