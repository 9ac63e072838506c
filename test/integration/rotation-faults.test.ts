import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { repository } from './node-process.js';
import { startWith, until } from './orchestrator-fixture.js';

const file = join(repository, 'test/fixtures/mains/kills-its-orchestrator.ts');
const module = { command: [process.execPath, '--import', 'tsx', file], cwd: repository, secrets: ['PASSWORD', 'USER'] };
const old = { password: 'old-password', user: 'old-user' };

async function start() {
  const app = await startWith({
    modules: { account: { ...module }, steady: { ...module } },
    secrets: [{ memory: { PASSWORD: 'old-password', USER: 'old-user' } }],
  });
  await app.orchestrator.ready;
  const shown = async (id: string) => {
    const response = await app.request(`/${id}/account`);
    return response.ok ? ((await response.json()) as object) : response.status;
  };
  return { app, shown, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

describe('a rotation of secrets', () => {
  it('reports when each module had the notice, used the new value and let go of the old one', async () => {
    await using running = await start();
    const report = await running.app.orchestrator.rotateSecrets({ USER: 'new-user', PASSWORD: 'new-password' });
    const aTime = expect.stringMatching(/^\d{4}-.*Z$/);
    const times = { receivedAt: aTime, activatedAt: aTime, drainedAt: aTime };
    expect(report.modules).toMatchObject(['account', 'steady'].map((moduleId) => ({ moduleId, ...times })));
    for (const { receivedAt, activatedAt, drainedAt } of report.modules)
      expect(receivedAt! <= activatedAt! && activatedAt! <= drainedAt!).toBe(true);
    expect(await running.shown('account')).toEqual({ password: 'new-password', user: 'new-user' });
  }, 60_000);

  it('is rolled back when a module hangs in its hook, and goes on to work afterwards', async () => {
    await using running = await start();
    const { orchestrator } = running.app;
    const report = await orchestrator.rotateSecret('USER', 'hang-user', { deadline: '200ms' });
    expect(report).toMatchObject({ outcome: 'rejected' });
    expect(report.modules.map(({ outcome }) => outcome).every((outcome) => outcome !== 'acknowledged')).toBe(true);
    expect([await running.shown('account'), await running.shown('steady')]).toEqual([old, old]);
    await expect(orchestrator.rotateSecret('USER', 'new-user')).resolves.toMatchObject({ outcome: 'committed' });
  }, 60_000);

  it('is rolled back when a module is killed between receiving and activating, which starts again with the old value', async () => {
    await using running = await start();
    const report = await running.app.orchestrator.rotateSecret('USER', 'die-now-user');
    expect(report.outcome).toBe('rejected');
    expect(report.modules.every(({ receivedAt }) => receivedAt !== undefined)).toBe(true);
    await until(async () => typeof (await running.shown('account')) === 'object', 'it serves again');
    expect(await running.shown('account')).toEqual(old);
  }, 60_000);
});
