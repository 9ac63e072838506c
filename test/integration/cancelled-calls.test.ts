import { describe, expect, it } from '@jest/globals';
import {
  type Database,
  InjectDatabase,
  InjectService,
  Module,
  operation,
  defineService,
  type ServiceOf,
} from '@pywatt/sdk';
import { Controller, Get, type HonoRequest, Request } from '@pywatt/sdk/http';
import { testModule } from '@pywatt/sdk/testing';
import { Deferred } from '../../src/foundation/index.js';
import { atOnce } from '../contract/database/database-case.js';
import { dialects } from '../contract/database/dialect.js';

let started = new Deferred<void>();
let aborted = new Deferred<unknown>();

/** Done when its signal aborts; tells that it began, and why that was. */
function waitFor(signal: AbortSignal): Promise<never> {
  started.resolve();
  return new Promise((_resolve, reject) => {
    const onAbort = () => {
      aborted.resolve(signal.reason);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

@Controller('/wait')
class WaitController {
  @Get()
  wait(@Request() request: HonoRequest): Promise<never> {
    return waitFor(request.raw.signal);
  }
}

const Slow = defineService('slow', { work: operation<null, null>() });
const slow = Slow.serve({ work: (_params, { signal }) => waitFor(signal) });

@Module({ id: 'patient', controllers: [WaitController] })
class Patient {
  @InjectDatabase() readonly database!: Database;
  @InjectService(Slow) readonly slow!: ServiceOf<typeof Slow>;
}

async function start() {
  started = new Deferred();
  aborted = new Deferred();
  return testModule(Patient).service(slow).proxied().boot();
}

describe('what a proxied module or its caller gives up', () => {
  it('is ended in the controller when the client of the gateway goes away', async () => {
    await using app = await start();
    const client = new AbortController();
    const request = app.request('/wait', { signal: client.signal });
    await started.promise;
    client.abort(new Error('the client is gone'));
    await expect(request).rejects.toThrow('the client is gone');
    await expect(aborted.promise).resolves.toBeDefined();
  });

  it('is ended in the implementation of a service', async () => {
    await using app = await start();
    const caller = new AbortController();
    const call = app.get(Patient).slow.work(null, { signal: caller.signal });
    await started.promise;
    caller.abort();
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(aborted.promise).resolves.toMatchObject({ family: 'wire', code: 'CANCELLED' });
  });

  it('is ended in the database, which gives back the lock it held', async () => {
    await using app = await start();
    const { database } = app.get(Patient);
    await database.execute('CREATE TABLE t (v)');
    const caller = new AbortController();
    const transaction = await database.beginTransaction();
    await transaction.execute('INSERT INTO t VALUES (1)');
    const running = transaction.query(dialects.sqlite.endless('n'), [], { signal: caller.signal });
    await database.query('SELECT v FROM t');
    caller.abort();
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(atOnce(database.execute('INSERT INTO t VALUES (2)'))).resolves.toBe(1);
    await expect(database.query('SELECT v FROM t')).resolves.toEqual([{ v: 2 }]);
  });
});
