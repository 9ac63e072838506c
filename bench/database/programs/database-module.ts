import { type Database, InjectDatabase, InjectRepository, Module, runModule } from '@pywatt/sdk';
import { Body, Controller, Post } from '@pywatt/sdk/http';
import { IsIn, IsInt } from 'class-validator';
import { Column, Entity, PrimaryColumn, type Repository } from 'typeorm';
import { type MeasureRequest, type Scenario, scenarios } from '../scenarios.js';

@Entity('bench_rows')
class Row {
  @PrimaryColumn('int') id!: number;
  @Column('varchar') name!: string;
  @Column('int') quantity!: number;
  @Column('double precision') price!: number;
  @Column('varchar') note!: string;
}

class Measurement implements MeasureRequest {
  @IsIn(Object.keys(scenarios)) scenario!: Scenario;
  @IsInt() count!: number;
  @IsInt() concurrency!: number;
}

/** Runs a scenario and answers how long it took; the orchestrator around it decides which world that is in. */
@Controller('/')
class MeasureController {
  constructor(
    @InjectDatabase() private readonly database: Database,
    @InjectRepository(Row) private readonly rows: Repository<Row>,
  ) {}

  @Post('/measure') async measure(@Body(Measurement) { scenario, count, concurrency }: Measurement): Promise<object> {
    const call = this.calls()[scenario];
    let started = 0;
    const lane = async () => {
      while (started < count) {
        started += 1;
        await call();
      }
    };
    const from = performance.now();
    await Promise.all(Array.from({ length: concurrency }, lane));
    return { ms: performance.now() - from };
  }

  private calls(): Record<Scenario, () => Promise<unknown>> {
    const { database, rows } = this;
    const placeholder = database.type === 'postgres' ? (n: number) => `$${n}` : () => '?';
    const byKey = `SELECT * FROM bench_rows WHERE id = ${placeholder(1)}`;
    const insert = `INSERT INTO bench_inserts (name, quantity) VALUES (${placeholder(1)}, ${placeholder(2)})`;
    const update = `UPDATE bench_inserts SET quantity = 1 WHERE id = ${placeholder(1)}`;
    const id = () => 1 + Math.floor(Math.random() * 100);
    return {
      'SELECT 1': () => database.query('SELECT 1 AS one'),
      'one row by key': () => database.query(byKey, [id()]),
      '100 rows': () => database.query('SELECT * FROM bench_rows'),
      insert: () => database.execute(insert, ['bench', 5]),
      'transaction of five': () =>
        database.transaction(async (tx) => {
          await tx.query(byKey, [id()]);
          await tx.execute(insert, ['in a transaction', 1]);
          await tx.query(byKey, [id()]);
          await tx.execute(update, [-1]);
          await tx.query('SELECT 1 AS one');
        }),
      'TypeORM findOneBy': () => rows.findOneBy({ id: id() }),
      'TypeORM find 100': () => rows.find(),
    };
  }
}

@Module({ id: 'bench', controllers: [MeasureController], entities: [Row] })
class BenchModule {}

await runModule(BenchModule);
