import { afterEach, describe, expect, it } from '@jest/globals';
import { decodeModuleLine } from '../../../src/wire/decode.js';
import { createMemoryChannels, ModuleSession, type WireJson } from '../../../src/wire/index.js';
import {
  chunkWithin,
  defaultWireLimits,
  initLineLimit,
  initLineProblem,
  initLineVariables,
  toldLimits,
} from '../../../src/wire/limits.js';
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

  it('holds for what the module writes, which is told of it: the call fails at once', async () => {
    const { connection, stray } = await open();
    expect(await connection.call('1', deep(19))).toEqual([1]);
    await expect(connection.call('1', deep(20))).rejects.toMatchObject({
      code: 'MESSAGE_INVALID',
      message: expect.stringContaining('nests deeper'),
    });
    expect(stray).toEqual([]);
  });

  it('holds for what the orchestrator reads: deeper messages are none', () => {
    const read = (levels: number) => {
      const line = JSON.stringify({ op: 'get_secret', name: 'a', more: deep(levels) });
      return decodeModuleLine(line, 'exact', undefined, 20).kind;
    };
    expect([read(19), read(20)]).toEqual(['message', 'malformed']);
  });
});

describe('the limit of messages', () => {
  const open = async (maxLineBytes: number) => {
    const openService = () => Promise.resolve(service((_, params) => Promise.resolve(params)));
    const ends = await connect({ openService }, { limits: { maxLineBytes } });
    return { ...ends, connection: await ends.session.openService('Cache', 'default') };
  };

  it('is told to the module, whose longer calls fail at once, with what to send instead', async () => {
    const { connection } = await open(8_192);
    expect(await connection.call('echo', 'x'.repeat(8_000))).toHaveLength(8_000);
    await expect(connection.call('echo', 'x'.repeat(8_192))).rejects.toMatchObject({
      code: 'LINE_TOO_LONG',
      message: expect.stringMatching(/takes 8\d+ bytes and the peer accepts lines of 8192; send less at once/),
    });
  });

  it('is known to the connections of the module, which need not write what is longer', async () => {
    expect((await open(8_192)).connection.maxMessageBytes).toBe(8_192);
    expect((await open(defaultWireLimits.maxLineBytes)).connection.maxMessageBytes).toBe(64 * 1024 ** 2);
  });

  it('makes the chunks of streams smaller, so that they fit', () => {
    expect(chunkWithin(64 * 1024 ** 2, 64 * 1024)).toBe(64 * 1024);
    const chunk = chunkWithin(16_384, 64 * 1024);
    expect(Buffer.alloc(chunk).toString('base64').length).toBeLessThan(16_384 - 512);
    expect(chunkWithin(1, 1)).toBe(1);
  });

  it('is told only where it is another than every peer takes for granted', () => {
    expect(toldLimits({ ...defaultWireLimits })).toBeUndefined();
    expect(toldLimits({})).toBeUndefined();
    expect(toldLimits({ maxLineBytes: 1, maxNesting: 16 })).toEqual({ message_bytes: 1, nesting: 16 });
  });
});

describe('the limit of the init line, where it is another', () => {
  it('stands in the environment of the module', () => {
    expect(initLineVariables({ maxInitLineBytes: 1024 ** 2 })).toEqual({});
    expect(initLineLimit(initLineVariables({ maxInitLineBytes: 2048 }))).toEqual({ maxInitLineBytes: 2048 });
    for (const text of [undefined, '', 'much', '-1', '0.5'])
      expect(initLineLimit({ PYWATT_MAX_INIT_LINE: text })).toEqual({});
  });
});
