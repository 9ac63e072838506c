import { describe, expect, it } from '@jest/globals';
import type { ModuleConfigInput, OrchestratorConfigInput } from '../../src/orchestrator/index.js';
import { fixture, startWith } from './orchestrator-fixture.js';

interface Filled {
  readonly isSame?: boolean;
  readonly failure?: string;
  readonly from?: string;
}

/** A module with a cache under an orchestrator with these limits, asked to write and read values. */
async function start(wire: OrchestratorConfigInput['wire'], module: Partial<ModuleConfigInput> = {}) {
  const app = await startWith({
    modules: { fills: { ...fixture('../mains/reads-and-writes'), caches: ['default'], restart: 'never', ...module } },
    caches: { default: { url: 'memory:?max=512mb' } },
    wire: wire!,
  });
  await app.orchestrator.ready;
  const fill = async (bytes: number) => (await (await app.request(`/fills/fill?bytes=${bytes}`)).json()) as Filled;
  return { ...app, fill };
}

describe('the limits of the wire that an operator has set', () => {
  it.each([
    ['over the socket it inherits', {}],
    ['over a unix socket', { channels: ['unix' as const] }],
    ['over TCP', { channels: ['tcp' as const] }],
  ])('are known to a module %s: what is longer fails at once, and the session goes on', async (_, module) => {
    await using app = await start({ maxLine: '16kb' }, module);
    expect(await app.fill(15_000)).toEqual({ isSame: true });
    expect(await app.fill(17_000)).toEqual({
      failure: expect.stringMatching(/"filled" takes more than 16384 bytes .*raise wire.maxLine of the orchestrator/),
      from: 'the write',
    });
    // With what stands around it in its message.
    expect(await app.fill(16_380)).toEqual({
      failure: expect.stringMatching(/takes 164\d\d bytes and the peer accepts frames of 16384; send less at once/),
      from: 'the write',
    });
    expect(await app.fill(15_000)).toEqual({ isSame: true });
  });

  it.each([
    ['over the socket it inherits', {}],
    ['over a unix socket', { channels: ['unix' as const] }],
  ])('are known to a module %s also where they are higher than usual', async (_, module) => {
    await using app = await start({ maxLine: '80mb' }, module);
    expect(await app.fill(70 * 1024 ** 2)).toEqual({ isSame: true });
  });

  it('let a message pass that alone is longer than what may wait', async () => {
    await using app = await start({ maxQueue: '4kb' });
    expect(await app.fill(15_000)).toEqual({ isSame: true });
  });

  it.each([
    ['over the socket it inherits', {}],
    ['over a unix socket', { channels: ['unix' as const] }],
  ])('bound what waits for a module that reads nothing %s: more is refused at once', async (_, module) => {
    await using app = await start({ maxQueue: '256kb' }, module);
    const { pid } = app.orchestrator.modules.get('fills')!;
    process.kill(pid!, 'SIGSTOP');
    const ask = async () => (await app.request('/fills/stats', { headers: { long: 'x'.repeat(10_000) } })).status;
    try {
      // The system takes some, too; without a bound all of them would wait for their deadline.
      expect(await Promise.any(Array.from({ length: 200 }, ask))).toBe(503);
    } finally {
      process.kill(pid!, 'SIGCONT');
    }
  });

  it('are never what a call waits for: with no room for its result it is told so, and so is the module to end', async () => {
    await using app = await start({ maxQueue: '256kb' });
    const { pid } = app.orchestrator.modules.get('fills')!;
    process.kill(pid!, 'SIGSTOP');
    const ask = async () => (await app.request('/fills/stats', { headers: { long: 'x'.repeat(10_000) } })).status;
    const asked = Array.from({ length: 200 }, ask);
    await Promise.any(asked);
    process.kill(pid!, 'SIGCONT');
    const statuses = new Set(await Promise.all(asked));
    expect([...statuses].filter((status) => ![200, 500, 503].includes(status))).toEqual([]);
    expect(app.logged(/an answer could not be sent/)).toEqual([]);
    await app.orchestrator.close();
    expect(app.logged(/^stopped$/)).toHaveLength(1);
  });

  it('let an init line be as long as they say', async () => {
    const env = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`LONG_${index}`, 'x'.repeat(100_000)]));
    await using app = await start({ maxInitLine: '2mb' }, { env });
    expect(await app.fill(1)).toEqual({ isSame: true });
  });
});
