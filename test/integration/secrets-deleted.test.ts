import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bootModule, InjectSecrets, Module, Secret, type Secrets, type SecretValue } from '@pywatt/sdk';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { startWith } from './orchestrator-fixture.js';

const names = ['NEEDED', 'ALSO_NEEDED', 'OPTIONAL', 'DEFAULTED'];

@Module({ id: 'keeper' })
class Remover {
  constructor(@InjectSecrets() readonly secrets: Secrets) {}
}

@Module({ id: 'keeper' })
class Needing {
  constructor(
    @Secret('NEEDED') readonly needed: SecretValue,
    @Secret('ALSO_NEEDED') readonly other: SecretValue,
    @Secret('OPTIONAL', { optional: true }) readonly optional: SecretValue | undefined,
  ) {}
}

@Module({ id: 'keeper' })
class Content {
  constructor(
    @Secret('OPTIONAL', { optional: true }) readonly optional: SecretValue | undefined,
    @Secret('DEFAULTED', { as: 'duration', default: 1_000 }) readonly defaulted: SecretValue<number>,
  ) {}
}

type Class = new (...args: never[]) => object;

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pywatt-deleted-')), 'secrets');
  await mkdir(directory);
  for (const name of names) await writeFile(join(directory, name), name === 'DEFAULTED' ? '5s' : `value-of-${name}`);
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

async function expectBothMissing(booting: Promise<unknown>): Promise<void> {
  const error = await booting.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toMatchObject({ family: 'boot', code: 'SECRETS_MISSING' });
  for (const name of ['NEEDED', 'ALSO_NEEDED']) expect(String(error)).toMatch(new RegExp(`\\b${name}\\b`));
  expect(String(error)).not.toContain('OPTIONAL');
}

describe('a module by itself, after secrets were deleted', () => {
  const boot = (module: Class) => bootModule(module, { environment: 'direct', env: { PYWATT_SECRETS_DIR: directory } });

  beforeEach(async () => {
    await using app = await boot(Remover);
    for (const name of names) expect(await app.get(Remover).secrets.delete(name)).toBe(true);
  });

  it('does not start without what it needs, and names all of that at once', async () => {
    await expectBothMissing(boot(Needing));
  });

  it('starts without what is optional, and with the default', async () => {
    await using app = await boot(Content);
    const { optional, defaulted } = app.get(Content);
    expect([optional, defaulted.reveal()]).toEqual([undefined, 1_000]);
  });
});

describe('a module under an orchestrator, after secrets were deleted', () => {
  async function start(module: Class, launcher = launcherOf(module)) {
    const secrets = names.map((name) => ({ name, access: 'write' as const }));
    const config = { modules: { keeper: { command: 'in-process', secrets } }, secrets: [{ file: directory }] };
    return { launcher, app: await startWith(config, { launchers: { keeper: launcher } }) };
  }
  const launcherOf = (module: Class) =>
    new InProcessLauncher(
      module,
      { env: {}, overrides: new Map(), secrets: new Map(), services: [] } as never,
      silentLogger,
    );

  beforeEach(async () => {
    const { app, launcher } = await start(Remover);
    await using _ = app;
    const { secrets } = (await launcher.booted).get(Remover);
    for (const name of names) expect(await secrets.delete(name)).toBe(true);
  });

  it('does not start without what it needs, and names all of that at once', async () => {
    const launcher = launcherOf(Needing);
    const missing = expectBothMissing(launcher.booted);
    await using _ = (await start(Needing, launcher)).app;
    await missing;
  });

  it('starts without what is optional, and with the default', async () => {
    const { app, launcher } = await start(Content);
    await using _ = app;
    const { optional, defaulted } = (await launcher.booted).get(Content);
    expect([optional, defaulted.reveal()]).toEqual([undefined, 1_000]);
  });
});
