import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bootModule, Module, OnSecretRotated, Secret, type SecretValue } from '@pywatt/sdk';
import { until } from './orchestrator-fixture.js';

@Module({ id: 'keeper' })
class Keeper {
  @Secret('KEY') readonly key!: SecretValue;

  @OnSecretRotated('KEY')
  onKey(next: SecretValue): void {
    if (next.reveal().startsWith('bad')) throw new Error('not this one');
  }
}

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pywatt-health-')), 'secrets');
  await mkdir(directory);
  await writeFile(join(directory, 'KEY'), 'a-first-value');
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

describe('the health of a module by itself', () => {
  it('is degraded while a secret is refused or deleted where it is kept, and names it, without values', async () => {
    const env = { PYWATT_SECRETS_DIR: directory, LOG_LEVEL: 'error' };
    await using app = await bootModule(Keeper, { environment: 'direct', env });
    const health = async () => (await (await app.request('/health')).json()) as { status: string; secrets: object };
    const becomes = (status: string) => until(async () => (await health()).status === status, `it is ${status}`);
    expect(await health()).toMatchObject({ status: 'OK', secrets: { status: 'ok' } });

    await writeFile(join(directory, 'KEY'), 'bad-second-value');
    await becomes('DEGRADED');
    const refused = await health();
    expect(refused.secrets).toMatchObject({ status: 'degraded', refused: ['KEY'] });
    expect(JSON.stringify(refused)).not.toMatch(/not this one|second-value/);
    await writeFile(join(directory, 'KEY'), 'a-third-value');
    await becomes('OK');
    expect((await health()).secrets).not.toHaveProperty('refused');

    await rm(join(directory, 'KEY'));
    await writeFile(join(directory, 'OTHER'), 'something-else');
    await becomes('DEGRADED');
    expect((await health()).secrets).toMatchObject({ status: 'degraded', deleted: ['KEY'] });
    expect(app.get(Keeper).key.reveal()).toBe('a-third-value');
    await writeFile(join(directory, 'KEY'), 'a-fourth-value');
    await becomes('OK');
  }, 60_000);
});
