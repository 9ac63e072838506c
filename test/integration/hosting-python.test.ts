import { describe, expect, it } from '@jest/globals';
import { settlesWithin } from '../../src/foundation/index.js';
import type { ModuleConfigInput } from '../../src/orchestrator/index.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

const start = (module: Partial<ModuleConfigInput>, secret = 'a secret for python') =>
  startWith({
    modules: { m: { ...fixture('reads-like-python'), secrets: ['KEY'], ...module } },
    gateway: { listen: '127.0.0.1:0', requestTimeout: '3s' },
    secrets: [{ memory: { KEY: secret } }],
  });
const stderrOf = (app: Awaited<ReturnType<typeof start>>) =>
  app.logged(/./).flatMap(({ msg, stream }) => (stream === 'stderr' ? [msg] : []));

describe('a module that reads like the Python SDK', () => {
  it('finds neither its secret nor a request without the quirk', async () => {
    await using app = await start({});
    await app.orchestrator.ready;
    await until(() => stderrOf(app).includes('the secret is None'), 'it misses its secret');
    expect((await app.request('/m/things')).status).toBe(504);
  });

  it('finds both with the quirk, and is told what would be lost on it', async () => {
    await using app = await start({ kind: 'python-0.3' });
    await app.orchestrator.ready;
    await until(() => stderrOf(app).includes('the secret is there'), 'it has its secret');
    expect(await (await app.request('/m/things', { method: 'POST', body: 'ünï' })).text()).toBe('/things ünï');
    const long = await app.request('/m/things', { method: 'POST', body: 'x'.repeat(60_000) });
    expect([long.status, await long.json()]).toEqual([
      413,
      { code: 'LINE_TOO_LONG', error: expect.stringContaining('loses lines of more than 65535') },
    ]);
    expect(await (await app.request('/m/after')).text()).toBe('/after null');
  });

  it('is told that its secret is too long rather than left waiting, with the quirk', async () => {
    await using app = await start({ quirks: ['python-nested'] }, 'x'.repeat(40_000));
    await app.orchestrator.ready;
    await until(() => stderrOf(app).includes('the secret is empty'), 'it has an answer');
    expect(app.orchestrator.modules.get('m')!.state).toBe('running');
  });

  it('ends with its input, with the quirk', async () => {
    await using app = await start({ quirks: ['python-nested'], shutdownGrace: '20s' });
    await app.orchestrator.ready;
    expect(await settlesWithin(app.orchestrator.close(), 10_000)).toBe(true);
    expect(stderrOf(app)).toContain('the input has ended');
  });
});
