import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import { createMemoryChannels, ModuleSession } from '../../../src/wire/index.js';
import { closeAll, closing, connectPlain, opened, recordingLogger } from './session-ends.js';

afterEach(closeAll);

describe('a session with a plain orchestrator', () => {
  it('asks for secrets without extensions and matches the answers by name', async () => {
    const { session } = await connectPlain((line, send) => {
      expect(line).toEqual({ op: 'get_secret', name: line['name'] });
      send({ op: 'secret', name: line['name'], value: `value of ${String(line['name'])}` });
    });
    const answers = await Promise.all(['A', 'B'].map((name) => session.getSecret(name)));
    expect(answers).toEqual([{ value: 'value of A' }, { value: 'value of B' }]);
  });

  it('sends one operation at a time while answers name nothing, and never crosses them', async () => {
    let inFlight = 0;
    let most = 0;
    const { session } = await connectPlain((line, send) => {
      if (line['op'] === 'service_request') return send(opened(line));
      most = Math.max(most, ++inFlight);
      setImmediate(() => {
        inFlight -= 1;
        send({ op: 'service_operation_result', success: true, result: line['params'], error: null });
      });
    });
    const [database, cache] = await Promise.all([
      session.openService('Database', 'default'),
      session.openService('Cache', 'default'),
    ]);
    const calls = Array.from({ length: 20 }, (_, index) => (index % 2 ? database : cache).call('query', index));
    await expect(Promise.all(calls)).resolves.toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(most).toBe(1);
  });

  it('sends one operation per connection at a time once answers name the connection', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    const { session } = await connectPlain((line, send) => {
      if (line['op'] === 'service_request') return send(opened(line));
      const { connection_id, service_type, operation } = line;
      waiting.push(() =>
        send({
          op: 'service_operation_result',
          success: true,
          result: line['params'],
          error: null,
          params: { connection_id, service_type, operation, params: null },
        }),
      );
      most = Math.max(most, waiting.length);
      setImmediate(() => waiting.shift()?.());
    });
    const connections = await Promise.all(['a', 'b', 'c'].map((name) => session.openService('Database', name)));
    const calls = Array.from({ length: 30 }, (_, index) => connections[index % 3]!.call('query', index));
    await expect(Promise.all(calls)).resolves.toEqual(Array.from({ length: 30 }, (_, index) => index));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('never gives the late answer of a call that timed out to the next one', async () => {
    const late = new Deferred<() => void>();
    const { session } = await connectPlain((line, send) => {
      if (line['op'] === 'service_request') return send(opened(line));
      const answer = () => send({ op: 'service_operation_result', success: true, result: line['params'], error: null });
      if (line['params'] === 'slow') late.resolve(answer);
      else answer();
    });
    const connection = await session.openService('Database', 'default');
    await expect(connection.call('query', 'slow', { timeoutMs: 10 })).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    const next = connection.call('query', 'next');
    (await late.promise)();
    await expect(next).resolves.toBe('next');
  });

  it('says what is wrong with the init line that came, and not what is in it', async () => {
    const [moduleEnd, otherEnd] = createMemoryChannels();
    closing.push(() => moduleEnd.close());
    const opening = ModuleSession.open(moduleEnd, { logger: recordingLogger([]) });
    otherEnd.send('{"orchestrator_api":"http://o","module_id":"m","env":"hunter2","listen":"127.0.0.1:1"}');
    void otherEnd.close();
    const refused = expect.objectContaining({ code: 'INIT_TIMEOUT', message: expect.stringContaining("field 'env'") });
    const silent = expect.objectContaining({ message: expect.not.stringContaining('hunter2') });
    const [outcome] = await Promise.allSettled([opening]);
    expect(outcome).toEqual({ status: 'rejected', reason: refused });
    expect(outcome).toEqual({ status: 'rejected', reason: silent });
  });

  it('says what to do when no init line comes', async () => {
    const [moduleEnd] = createMemoryChannels();
    closing.push(() => moduleEnd.close());
    await expect(
      ModuleSession.open(moduleEnd, { logger: recordingLogger([]), initTimeoutMs: 10 }),
    ).rejects.toMatchObject({
      code: 'INIT_TIMEOUT',
      message: expect.stringContaining('pywatt run'),
    });
  });
});
