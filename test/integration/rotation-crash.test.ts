import { existsSync, readdirSync, readFileSync, watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readHistory } from '../../src/orchestrator/audit/read-history.js';
import { verifyAudit } from '../../src/orchestrator/audit/verify-audit.js';
import { NodeProcess, repository } from './node-process.js';

let directory: string;
const secret = (name: string) => join(directory, 'secrets', name);
const state = () => join(directory, '.pywatt');
const journals = () => join(state(), 'rotations');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-crash-'));
  await mkdir(join(directory, 'secrets'));
  await writeFile(secret('PASSWORD'), 'old-password');
  await writeFile(secret('USER'), 'old-user');
  const file = join(repository, 'test/fixtures/mains/kills-its-orchestrator.ts');
  const command = [process.execPath, '--import', 'tsx', file];
  const account = { command, cwd: repository, secrets: ['PASSWORD', 'USER'], restart: 'never' };
  const config = { modules: { account }, secrets: [{ file: './secrets' }], gateway: { listen: '127.0.0.1:0' } };
  await writeFile(join(directory, 'pywatt.config.yaml'), JSON.stringify(config));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const pywatt = (argv: readonly string[], input?: string) =>
  new NodeProcess([join(repository, 'dist/cli.js'), ...argv], {
    cwd: directory,
    ...(input !== undefined && { input }),
  });

/** Starts the orchestrator, has it rotate, and waits until it was killed at the point of the test. */
async function rotateAndDie(values: Record<string, string>, killWhen?: () => boolean): Promise<string> {
  await using orchestrator = pywatt(['run']);
  await orchestrator.match(/is ready at/);
  const kill = () => killWhen?.() && orchestrator.kill('SIGKILL');
  await mkdir(journals(), { recursive: true });
  const watches = [join(directory, 'secrets'), journals(), join(state(), 'audit')].map((path) => watch(path, kill));
  await using command = pywatt(['secrets', 'rotate', ...Object.keys(values)], JSON.stringify(values));
  // On a machine that is too busy to see the moment it is the end of the rotation.
  await command.exited;
  orchestrator.kill('SIGKILL');
  const { signal } = await orchestrator.exited;
  for (const each of watches) each.close();
  expect(signal).toBe('SIGKILL');
  return orchestrator.stderr + command.stdout + command.stderr;
}

/** Starts the orchestrator again; what everybody has by then. */
async function afterwards() {
  await using orchestrator = pywatt(['run']);
  const address = await orchestrator.match(/is ready at (http:\S+)/);
  const shown = (await (await fetch(`${address}/account/account`)).json()) as Record<string, string>;
  const stored = { password: await readFile(secret('PASSWORD'), 'utf8'), user: await readFile(secret('USER'), 'utf8') };
  await using status = pywatt(['status', '--json']);
  await status.exited;
  orchestrator.kill('SIGTERM');
  await orchestrator.exited;
  const rotations = (await readHistory(state(), 'USER')).filter(({ what }) => what === 'rotate');
  return { shown, stored, rotations, status: (JSON.parse(status.stdout) as { status: string }).status };
}

/** Nothing of a rotation is left, and no value in what is kept. */
async function expectNoLeftovers(): Promise<void> {
  expect(await readdir(journals())).toEqual([]);
  expect((await readdir(join(directory, 'secrets'))).filter((name) => !name.startsWith('.')).sort()).toEqual([
    'PASSWORD',
    'USER',
  ]);
  expect(await verifyAudit(state())).toMatchObject({ isIntact: true });
  const texts = readdirSync(join(state(), 'audit')).map((name) => readFileSync(join(state(), 'audit', name), 'utf8'));
  for (const value of ['old-', 'new-', 'kill-']) expect(texts.join()).not.toContain(value);
}

describe('an orchestrator that is killed while secrets rotate', () => {
  it('in the hook of a module: the next one has the old values everywhere, and says that it rolled back', async () => {
    const printed = await rotateAndDie({ PASSWORD: 'kill-password', USER: 'kill-user' });
    const [journal] = readdirSync(journals()).map((name) => readFileSync(join(journals(), name), 'utf8'));
    expect(JSON.parse(journal!)).toMatchObject({
      stage: 'published',
      names: ['PASSWORD', 'USER'],
      by: { kind: 'cli' },
    });
    expect(journal! + printed).not.toMatch(/kill-|old-/);
    const { shown, stored, rotations, status } = await afterwards();
    expect(shown).toEqual({ password: 'old-password', user: 'old-user' });
    expect([stored, status]).toEqual([shown, 'ok']);
    expect(rotations).toMatchObject([{ outcome: 'rejected', message: 'rolled back after a crash' }]);
    await expectNoLeftovers();
  }, 120_000);

  const isStored = (name: string) => readFileSync(secret(name), 'utf8').startsWith('new-');
  const storing = () =>
    readdirSync(journals()).some(
      (name) => name.endsWith('.json') && readFileSync(join(journals(), name), 'utf8').includes('"storing"'),
    );
  const points: [string, () => boolean][] = [
    ['when all modules have acknowledged', storing],
    ['when the first copy is kept', () => existsSync(secret('PASSWORD.pywatt-staged'))],
    ['when the first value is stored', () => isStored('PASSWORD')],
    ['when the copies are being removed', () => isStored('USER') && !existsSync(secret('PASSWORD.pywatt-staged'))],
  ];
  it.each(points)(
    '%s: the next one has either both values or neither, and the log says which',
    async (_at, isThere) => {
      const printed = await rotateAndDie({ PASSWORD: 'new-password', USER: 'new-user' }, isThere);
      expect(printed).not.toMatch(/new-password|old-password/);
      const { shown, stored, rotations, status } = await afterwards();
      const isNew = shown['user'] === 'new-user';
      const expected = isNew ? 'new' : 'old';
      expect(shown).toEqual({ password: `${expected}-password`, user: `${expected}-user` });
      expect([stored, status]).toEqual([shown, 'ok']);
      // It may have been recorded before the journal could be removed, and is then found twice with the same outcome.
      const outcomes = new Set(rotations.map(({ rotationId, outcome }) => `${rotationId} ${outcome}`));
      expect([...outcomes]).toEqual([expect.stringMatching(isNew ? /committed$/ : /rejected$/)]);
      await expectNoLeftovers();
    },
    60_000,
  );

  describe('to values that changed where they are kept', () => {
    /** Both values change in their files, a batch, and the hook of the module kills the orchestrator. */
    async function changeAndDie(): Promise<void> {
      await using orchestrator = pywatt(['run']);
      await orchestrator.match(/is ready at/);
      await Promise.all([writeFile(secret('PASSWORD'), 'kill-password'), writeFile(secret('USER'), 'kill-user')]);
      expect((await orchestrator.exited).signal).toBe('SIGKILL');
      const [journal] = readdirSync(journals()).map((name) => readFileSync(join(journals(), name), 'utf8'));
      expect(JSON.parse(journal!)).toMatchObject({ adopts: true, by: { kind: 'provider' } });
      expect(journal! + orchestrator.stderr).not.toMatch(/kill-(password|user)|old-/);
    }

    it('the next one gives everybody the new values, and says that it resumed', async () => {
      await changeAndDie();
      const { shown, stored, rotations, status } = await afterwards();
      expect(shown).toEqual({ password: 'kill-password', user: 'kill-user' });
      expect([stored, status]).toEqual([shown, 'ok']);
      expect(rotations).toMatchObject([
        { outcome: 'committed', who: { kind: 'provider' }, message: expect.stringMatching(/^resumed after a crash/) },
      ]);
      // Under the version that the history tells.
      const accesses = (await readHistory(state(), 'USER')).filter(({ what }) => what === 'access');
      expect(accesses.at(-1)?.versions).toEqual({ USER: rotations[0]?.versions?.['USER'] });
      await expectNoLeftovers();
    }, 60_000);

    it('the next one gives everybody the old values when they were put back meanwhile', async () => {
      await changeAndDie();
      await Promise.all([writeFile(secret('PASSWORD'), 'old-password'), writeFile(secret('USER'), 'old-user')]);
      const { shown, rotations } = await afterwards();
      expect(shown).toEqual({ password: 'old-password', user: 'old-user' });
      expect(rotations).toMatchObject([{ outcome: 'rejected', who: { kind: 'provider' } }]);
      await expectNoLeftovers();
    }, 60_000);
  });
});
