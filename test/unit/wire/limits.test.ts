import { afterEach, describe, expect, it } from '@jest/globals';
import { createMemoryChannels, ModuleSession, type WireJson } from '../../../src/wire/index.js';
import { initLineProblem } from '../../../src/wire/limits.js';
import { closeAll, closing, connect, recordingLogger, service } from './session-ends.js';

afterEach(closeAll);

describe('the limit of the init line', () => {
  it('is 1 MiB of UTF-8, unless another is given', () => {
    expect(initLineProblem('x'.repeat(1024 ** 2))).toBeUndefined();
    expect(initLineProblem('ä'.repeat(1024 ** 2 / 2 + 1))).toMatchObject({
      code: 'LINE_TOO_LONG',
      details: { bytes: 1024 ** 2 + 2, maxInitLineBytes: 1024 ** 2 },
    });
    expect(initLineProblem('xx', { maxInitLineBytes: 1 })).toMatchObject({ code: 'LINE_TOO_LONG' });
  });

  it('stops the orchestrator from sending a longer one, saying what to shorten', async () => {
    await expect(connect({}, { env: { BLOB: 'x'.repeat(1024 ** 2) } })).rejects.toMatchObject({
      code: 'LINE_TOO_LONG',
      message: expect.stringContaining("shorten the module's env"),
    });
  });

  it('has a module refuse a longer one at once', async () => {
    const [moduleEnd, otherEnd] = createMemoryChannels();
    closing.push(
      () => moduleEnd.close(),
      () => otherEnd.close(),
    );
    const opening = ModuleSession.open(moduleEnd, { logger: recordingLogger([]) });
    otherEnd.send(JSON.stringify({ orchestrator_api: 'x'.repeat(1024 ** 2), module_id: 'm', env: {}, listen: 'l' }));
    await expect(opening).rejects.toMatchObject({
      code: 'INIT_TIMEOUT',
      message: expect.stringContaining('the init line takes'),
    });
  });
});

describe('the limit of nesting', () => {
  const deep = (levels: number): WireJson => (levels === 0 ? 1 : [deep(levels - 1)]);
  const open = async () => {
    const openService = () => Promise.resolve(service((operation) => Promise.resolve(deep(Number(operation)))));
    const ends = await connect({ openService }, { limits: { maxNesting: 20 } });
    return { ...ends, connection: await ends.session.openService('Cache', 'default') };
  };

  it('holds for what the orchestrator writes: the caller is told', async () => {
    const { connection } = await open();
    expect(await connection.call('19', null)).toEqual(deep(19));
    await expect(connection.call('20', null)).rejects.toMatchObject({
      message: expect.stringContaining('nests deeper'),
    });
  });

  it('holds for what it reads: deeper messages are none', async () => {
    const { connection, stray } = await open();
    expect(await connection.call('1', deep(19))).toEqual([1]);
    await expect(connection.call('1', deep(20), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(stray).toEqual([expect.stringContaining('"Cache","1"')]);
  });
});
