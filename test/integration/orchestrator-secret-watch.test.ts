import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fixture, startWith, until } from './orchestrator-fixture.js';

let secrets: string;
beforeEach(async () => {
  secrets = join(await mkdtemp(join(tmpdir(), 'pywatt-watched-')), 'secrets');
  await mkdir(secrets);
  await writeFile(join(secrets, 'KEY'), 'the-old-value');
});
afterEach(() => rm(join(secrets, '..'), { recursive: true, force: true }));

describe('an orchestrator whose directory of secrets vanishes', () => {
  it('is degraded, says which watch and why, meters it, and is well again when it is back', async () => {
    await using app = await startWith({
      modules: { orders: { ...fixture('answers'), secrets: ['KEY'] } },
      secrets: [{ file: { path: secrets, poll: '50ms' } }, { env: 'APP_' }],
    });
    await app.orchestrator.ready;
    const watch = `file ${secrets}`;
    expect(app.orchestrator.status).toMatchObject({
      status: 'ok',
      secrets: { watches: [{ name: watch, state: 'ok' }] },
    });
    const metrics = async () => (await app.request('/_pywatt/metrics')).text();
    const checkedAt = async () => {
      const sample = `pywatt_secret_watch_checked_timestamp_seconds{watch="${watch}"} `;
      return Number((await metrics()).split(sample)[1]?.split('\n')[0]);
    };
    const first = await checkedAt();
    expect(Math.abs(Date.now() / 1000 - first)).toBeLessThan(60);
    await until(async () => (await checkedAt()) > first, 'it is found in order again');
    await rename(secrets, `${secrets}.away`);
    await until(() => app.orchestrator.status.status === 'degraded', 'it is degraded');
    expect(app.orchestrator.status.secrets?.watches).toMatchObject([
      { name: watch, state: 'troubled', trouble: `${watch} is gone or empty; put it back` },
    ]);
    const health = (await (await app.request('/_pywatt/health')).json()) as object;
    expect(health).toMatchObject({
      status: 'degraded',
      modules: { orders: 'running' },
      secrets: { status: 'degraded', watches: { [watch]: 'troubled' } },
    });
    expect(await metrics()).toContain(`pywatt_secret_watch_up{watch="${watch}",state="troubled"} 1`);
    await until(() => app.orchestrator.status.secrets?.watches[0]?.state === 'stale', 'it is stale');
    expect(app.logged(/changes of secrets may be missed/)).toHaveLength(1);
    const lastSeen = await checkedAt();
    expect([lastSeen > first, lastSeen === (await checkedAt())]).toEqual([true, true]);
    await rename(`${secrets}.away`, secrets);
    await until(() => app.orchestrator.status.status === 'ok', 'it is well again');
    await writeFile(join(secrets, 'KEY'), 'the-new-value');
    await until(() => app.orchestrator.status.secrets?.watches[0]?.revision === 1, 'the change was seen');
    expect(await metrics()).toContain(`pywatt_secret_watch_changes_total{watch="${watch}"} 1`);
    await until(() => app.logged(/secret rotation committed/).length > 0, 'the change is rotated to');
    expect(app.logged(/secret rotation/)).toMatchObject([{ name: 'KEY', by: { kind: 'provider' } }]);
    expect(JSON.stringify(app.lines)).not.toMatch(/the-(old|new)-value/);
  }, 60_000);
});
