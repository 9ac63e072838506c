import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readHistory } from '../../src/orchestrator/audit/read-history.js';
import { verifyAudit } from '../../src/orchestrator/audit/verify-audit.js';
import { claimControlSocket, releaseControlSocket } from '../../src/orchestrator/control/control-socket.js';
import { EncryptedSecretProvider } from '../../src/secrets/index.js';
import { NodeProcess, repository } from './node-process.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-set-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function pywatt(argv: readonly string[], input: string | Buffer) {
  await using command = new NodeProcess([join(repository, 'dist/cli.js'), ...argv], { cwd: directory, input });
  const { code } = await command.exited;
  return { code, stdout: command.stdout.trimEnd(), stderr: command.stderr.trimEnd() };
}

const configure = (secrets: readonly object[]) =>
  writeFile(
    join(directory, 'pywatt.config.yaml'),
    JSON.stringify({ modules: { orders: { command: 'node main.js' } }, secrets }),
  );

describe('pywatt secrets set', () => {
  it('creates a secret in the first source that can be written, and replaces it there', async () => {
    await configure([{ env: 'APP_' }, { file: './secrets' }, { store: { path: './s.age', keyFile: './age.key' } }]);
    await mkdir(join(directory, 'secrets'));
    const created = await pywatt(['secrets', 'set', 'KEY'], 'the-value\n');
    expect(created).toEqual({ code: 0, stdout: `KEY: created in file ${directory}/secrets`, stderr: '' });
    expect(await readFile(join(directory, 'secrets/KEY'), 'utf8')).toBe('the-value');
    const { stdout } = await pywatt(['secrets', 'set', 'KEY', '--json'], 'other');
    expect(JSON.parse(stdout)).toEqual({
      name: 'KEY',
      provider: `file ${directory}/secrets`,
      created: false,
      recorded: true,
    });
    const { code, stderr } = await pywatt(['secrets', 'set', 'KEY'], 'abc');
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining("secret 'KEY' is too short")]);
    expect(code).not.toBe(0);
    expect(await readFile(join(directory, 'secrets/KEY'), 'utf8')).toBe('other');
  });

  it('says that the directory of its source has to be made', async () => {
    await configure([{ file: './secrets' }]);
    const { code, stderr } = await pywatt(['secrets', 'set', 'KEY'], 'the-value');
    const why = `there is no directory ${directory}/secrets; make it, or mount it`;
    expect([code, stderr]).toEqual([1, `pywatt: secret 'KEY' cannot be written: ${why}`]);
  });

  it('refuses what is no text, which would be stored as another value, and warns of what is hardly hidden', async () => {
    await configure([{ file: '.' }]);
    const binary = await pywatt(['secrets', 'set', 'KEY'], Buffer.from([0x61, 0x62, 0xff, 0xfe, 0x63, 0x64]));
    expect(binary).toEqual({
      code: 1,
      stdout: '',
      stderr: 'pywatt: standard input is not UTF-8 text; store binary secrets as base64',
    });
    const empty = await pywatt(['secrets', 'set', 'KEY'], '');
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining("the new value of 'KEY' is empty")]);
    expect(await readdir(directory)).toEqual(['pywatt.config.yaml']);
    const short = await pywatt(['secrets', 'set', 'KEY'], 'qwzx1');
    expect([short.code, short.stderr]).toEqual([0, expect.stringContaining("warning: 'KEY': a secret is so short")]);
    expect(short.stdout + short.stderr).not.toContain('qwzx1');
  }, 60_000);

  it('is recorded in the audit log, or says why not', async () => {
    const state = join(directory, '.pywatt');
    await configure([{ file: './secrets' }]);
    await mkdir(join(directory, 'secrets'));
    await Promise.all(['FIRST', 'SECOND'].map((name) => pywatt(['secrets', 'set', name], `value-of-${name}`)));
    await pywatt(['secrets', 'set', 'THIRD'], 'value-of-third');
    expect(await readHistory(state, 'THIRD')).toMatchObject([{ what: 'set', outcome: 'done', who: { kind: 'cli' } }]);
    // An orchestrator that answers nothing.
    const server = createServer((socket) => void socket.resume());
    await claimControlSocket(server, state);
    try {
      const { code, stdout } = await pywatt(['secrets', 'set', 'THIRD'], 'another-value');
      expect([code, stdout]).toEqual([0, expect.stringContaining('not recorded in the audit log: an orchestrator')]);
    } finally {
      await releaseControlSocket(state);
      await new Promise((closed) => server.close(closed));
    }
    expect(await readHistory(state, 'THIRD')).toHaveLength(1);
    expect(await verifyAudit(state)).toMatchObject({ isIntact: true });
    const log = await readFile(join(state, 'audit/audit-000001.jsonl'), 'utf8');
    expect(log).not.toMatch(/value-of|another-value/);
  }, 60_000);

  it('records without an orchestrator the version that the next one gives the value, unless that was changed since', async () => {
    await configure([{ file: './secrets' }]);
    await mkdir(join(directory, 'secrets'));
    for (const name of ['KEY', 'OTHER']) await pywatt(['secrets', 'set', name], 'value-of-before');
    for (const name of ['KEY', 'OTHER']) await pywatt(['secrets', 'set', name], `value-of-${name}`);
    await writeFile(join(directory, 'secrets/OTHER'), 'value-by-hand');
    const state = join(directory, '.pywatt');
    const proof = await readFile(join(state, 'set/KEY.json'), 'utf8');
    expect(JSON.parse(proof)).toEqual({ version: expect.any(String), proof: expect.any(Object) });
    expect(proof).not.toContain('value-of');
    await using app = await startWith({
      modules: { orders: { ...fixture('relays'), secrets: ['KEY', 'OTHER'] } },
      state,
      secrets: [{ file: join(directory, 'secrets') }],
    });
    await app.orchestrator.ready;
    expect(await readdir(state)).not.toContain('set');
    for (const name of ['KEY', 'OTHER'])
      await app.request(`/orders/?${encodeURIComponent(JSON.stringify({ op: 'get_secret', name }))}`);
    await app.orchestrator.close();
    const versionsOf = async (name: string) =>
      (await readHistory(state, name)).map(({ what, versions }) => [what, versions?.[name]]);
    const [first, second, granted] = await versionsOf('KEY');
    expect([first?.[0], second?.[0], granted]).toEqual(['set', 'set', ['access', second?.[1]]]);
    expect(new Set([first?.[1], second?.[1], undefined]).size).toBe(3);
    const [, set, given] = await versionsOf('OTHER');
    expect([given?.[0], given?.[1] === set?.[1]]).toEqual(['access', false]);
  }, 60_000);

  it('tells a running orchestrator who has set a value, which it then rotates to', async () => {
    await configure([{ file: './secrets' }]);
    await mkdir(join(directory, 'secrets'));
    await writeFile(join(directory, 'secrets/KEY'), 'value-of-before');
    const config = {
      modules: { orders: { ...fixture('answers'), secrets: ['KEY'] } },
      state: join(directory, '.pywatt'),
      secrets: [{ file: join(directory, 'secrets') }],
    };
    await using app = await startWith(config);
    const set = () =>
      Promise.all(['KEY', 'OTHER'].map((name) => pywatt(['secrets', 'set', name, '--json'], 'value-of-now')));
    for (const { code, stdout } of await set())
      expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ recorded: true })]);
    await until(() => app.logged(/secret rotation committed/).length > 0, 'it was rotated to');
    await app.orchestrator.close();
    const history = await readHistory(app.stateDirectory, 'KEY');
    const versions = ['set', 'rotate'].map((what) => history.find((entry) => entry.what === what)?.versions?.['KEY']);
    expect(versions).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), versions[0]]);
    const who = { kind: 'cli', uid: process.getuid?.() };
    for (const name of ['KEY', 'OTHER'])
      expect(await readHistory(app.stateDirectory, name)).toContainEqual(
        expect.objectContaining({ what: 'set', outcome: 'done', who: expect.objectContaining(who) }),
      );
    expect(await verifyAudit(app.stateDirectory)).toMatchObject({ isIntact: true });
    const log = await readFile(join(app.stateDirectory, 'audit/audit-000001.jsonl'), 'utf8');
    expect(log).not.toContain('value-of');
  }, 60_000);

  it('creates an encrypted store with its key, or under a passphrase from a file', async () => {
    await configure([{ store: { path: './a.age', keyFile: './age.key' } }]);
    expect(await pywatt(['secrets', 'set', 'KEY'], 'a value by key')).toMatchObject({ code: 0, stderr: '' });
    const byKey = new EncryptedSecretProvider({
      path: join(directory, 'a.age'),
      key: { file: join(directory, 'age.key') },
    });
    expect(await byKey.get('KEY')).toBe('a value by key');
    await configure([{ store: { path: './b.age', passphraseFile: './pass' } }]);
    await writeFile(join(directory, 'pass'), 'correct horse\n');
    expect(await pywatt(['secrets', 'set', 'KEY'], 'a value by passphrase')).toMatchObject({ code: 0, stderr: '' });
    await writeFile(join(directory, 'pass'), 'wrong\n');
    const refused = await pywatt(['secrets', 'set', 'KEY', '--json'], 'x');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr)).toMatchObject({ code: 'STORE_UNREADABLE' });
  }, 60_000);

  it.each([
    [[{ env: 'APP_' }], 'KEY', 'READ_ONLY'],
    [[{ store: './s.age' }], 'KEY', 'INVALID_VALUE'],
    [[{ file: '.' }], '../KEY', 'INVALID'],
  ])('refuses, with %j, the secret %s with the reason and nothing written', async (secrets, name, code) => {
    await configure(secrets);
    const { code: exit, stderr } = await pywatt(['secrets', 'set', name, '--json'], 'the-value');
    expect([exit, (JSON.parse(stderr) as { code?: string }).code]).toEqual([1, code]);
    expect(stderr).not.toContain('the-value');
    expect(await readdir(directory)).toEqual(['pywatt.config.yaml']);
  });
});
