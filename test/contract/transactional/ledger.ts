import {
  type Database,
  Inject,
  Injectable,
  InjectDatabase,
  InjectRepository,
  Module,
  Transactional,
} from '@pywatt/sdk';
import { Entity, PrimaryColumn, type Repository } from 'typeorm';

type Work<T> = () => Promise<T>;

/** Of this process alone: a server has one database for all who test. */
export const table = `ledger_entry_${process.pid}`;

/** One `@Transactional` method of each kind, which runs what it is given. */
@Injectable()
export class Ledger {
  @InjectDatabase() readonly database!: Database;

  async add(name: string): Promise<void> {
    await this.database.execute(`INSERT INTO ${table} (name) VALUES ('${name}')`);
  }

  async names(): Promise<string[]> {
    const rows = await this.database.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY name`);
    return rows.map(({ name }) => name);
  }

  @Transactional() required<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'requiresNew' }) requiresNew<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'requiresNew', readOnly: true }) requiresNewReading<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'nested' }) nested<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'mandatory' }) mandatory<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'never' }) never<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ isolation: 'serializable' }) serializable<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ isolation: 'read uncommitted' }) readUncommitted<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ readOnly: true }) reading<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ timeout: '50ms' }) brief<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ isolation: 'serializable', retry: 3 }) serializableRetried<T>(work: Work<T>): Promise<T> {
    return work();
  }

  @Transactional({ retry: 3 }) retried<T>(work: Work<T>): Promise<T> {
    return work();
  }
}

@Entity(table)
export class Entry {
  @PrimaryColumn('varchar', { length: 50 }) name!: string;
}

/** The same, writing by a repository: what it writes must be a part of the same transactions. */
@Injectable()
export class EntityLedger extends Ledger {
  @InjectRepository(Entry) readonly entries!: Repository<Entry>;

  override async add(name: string): Promise<void> {
    await this.entries.insert({ name });
  }

  override async names(): Promise<string[]> {
    return (await this.entries.find({ order: { name: 'ASC' } })).map(({ name }) => name);
  }
}

@Module({ id: 'plain-ledger', providers: [Ledger] })
export class PlainLedgerModule {
  @Inject(Ledger) readonly ledger!: Ledger;
}

@Module({ id: 'entity-ledger', providers: [{ provide: Ledger, useClass: EntityLedger }], entities: [Entry] })
export class EntityLedgerModule {
  @Inject(Ledger) readonly ledger!: Ledger;
}
