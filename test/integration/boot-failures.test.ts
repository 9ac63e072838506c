import { describe, expect, it } from '@jest/globals';
import {
  bootModule,
  createToken,
  Inject,
  Injectable,
  InjectDatabase,
  type Database,
  databaseToken,
  Module,
  OnSecretRotated,
  type OnStart,
  type OnStop,
  Transactional,
} from '@pywatt/sdk';
import { testModule } from '@pywatt/sdk/testing';

const env = { LOG_LEVEL: 'error' };

describe('a boot that is given up', () => {
  it('creates and starts nothing more after its deadline, and stops what a late factory made', async () => {
    const events: string[] = [];
    let finish!: (value: OnStop) => void;
    const late = createToken<OnStop>('late');
    @Injectable()
    class After implements OnStart {
      constructor(@Inject(late) readonly late: OnStop) {
        events.push('After created');
      }
      onStart(): void {
        events.push('After started');
      }
    }
    const useFactory = () => new Promise<OnStop>((resolve) => (finish = resolve));
    @Module({ id: 'late', providers: [{ provide: late, useFactory }, After] })
    class Late {}
    await expect(bootModule(Late, { env, timeout: '50ms' })).rejects.toMatchObject({
      code: 'BOOT_TIMEOUT',
      details: { pending: ['creating late'] },
    });
    finish({ onStop: () => void events.push('late stopped') });
    await new Promise(setImmediate);
    expect(events).toEqual(['late stopped']);
  });

  it('stops what was created when a later provider cannot be', async () => {
    const events: string[] = [];
    @Injectable()
    class Socket implements OnStop {
      onStop(): void {
        events.push('Socket stopped');
      }
    }
    @Injectable()
    class Broken {
      constructor(@Inject(Socket) readonly socket: Socket) {
        throw new Error('no disk');
      }
    }
    @Module({ id: 'broken', providers: [Broken, Socket] })
    class BrokenModule {}
    await expect(bootModule(BrokenModule, { env })).rejects.toMatchObject({
      code: 'LIFECYCLE_FAILED',
      message: 'creating Broken failed: no disk',
    });
    expect(events).toEqual(['Socket stopped']);
  });
});

describe('scopes', () => {
  it('let @Transactional work on what is made anew each time, and on what a factory makes', async () => {
    class Ledger {
      constructor(@InjectDatabase() readonly database: Database) {}
      @Transactional() async book(fails: boolean): Promise<void> {
        await this.database.execute('INSERT INTO entries VALUES (1)');
        if (fails) throw new Error('not booked');
      }
    }
    const made = createToken<Ledger>('made');
    @Module({
      id: 'ledger',
      providers: [
        { provide: Ledger, useClass: Ledger, scope: 'transient' },
        { provide: made, useFactory: (database: Database) => new Ledger(database), inject: [databaseToken()] },
      ],
    })
    class LedgerModule {
      @InjectDatabase() readonly database!: Database;
    }
    await using app = await testModule(LedgerModule).boot();
    const database = app.get(databaseToken());
    await database.execute('CREATE TABLE entries (n INTEGER)');
    for (const ledger of [app.get(Ledger), app.get(made)]) {
      await expect(ledger.book(true)).rejects.toThrow('not booked');
      await ledger.book(false);
    }
    expect(await database.query('SELECT n FROM entries')).toHaveLength(2);
  });

  it('are refused for classes with hooks that nobody would call', async () => {
    @Injectable({ scope: 'transient' })
    class Draft implements OnStart {
      onStart(): void {}
      @OnSecretRotated('KEY') onKey(): void {}
    }
    @Module({ id: 'drafts', providers: [Draft] })
    class Drafts {}
    const failure = bootModule(Drafts, { env });
    await expect(failure).rejects.toMatchObject({ code: 'GRAPH_INVALID' });
    await expect(failure).rejects.toThrow(/Draft: has onStart, which only singletons are told/);
    await expect(failure).rejects.toThrow(/Draft: has @OnSecretRotated, which only singletons are told/);
  });
});

describe('a module that has stopped', () => {
  it('answers 503 instead of running a handler on closed connections', async () => {
    @Module({ id: 'over' })
    class Over {}
    const app = await bootModule(Over, { env });
    expect((await app.request('/health')).status).toBe(200);
    await app.close();
    expect((await app.request('/health')).status).toBe(503);
  });
});
