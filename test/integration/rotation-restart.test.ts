import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, InjectJwt, type Jwt, Module } from '@pywatt/sdk';
import { startOrchestrator } from '../../src/orchestrator/index.js';
import { PreviousValues } from '../../src/orchestrator/rotations/previous-values.js';
import { Proposal } from '../../src/secrets/index.js';
import { SecretRedactor } from '../../src/logging/index.js';
import { StandaloneSecretProvider } from '../../src/module/standalone-secret-provider.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { NodeProcess, repository } from './node-process.js';
import { fixture, until } from './orchestrator-fixture.js';

const [first, second, third] = ['the-first-token-of-it', 'the-second-token-of-it', 'the-third-token-of-it'];
const minute = 60_000;
let directory: string;
const state = () => join(directory, '.pywatt');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-restart-'));
  await mkdir(join(directory, 'secrets'));
  await writeFile(join(directory, 'secrets/TOKEN'), first);
  await writeFile(join(directory, 'secrets/HELD'), 'the-held-value');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const pywatt = (argv: readonly string[], input?: string) =>
  new NodeProcess([join(repository, 'dist/cli.js'), ...argv], {
    cwd: directory,
    ...(input !== undefined && { input }),
  });

/** What a process that shows this token is given. */
async function given(address: string, token: string): Promise<string | undefined> {
  const url = `tcp://${address}`;
  const started = new StandaloneSecretProvider({ url, token: async () => token, caFile: undefined, logger: undefined });
  try {
    return await started.get('HELD');
  } finally {
    await started.close();
  }
}

/** Every text in the state directory. */
async function keptTexts(): Promise<string> {
  const files = await readdir(state(), { recursive: true, withFileTypes: true });
  const texts = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

describe('an orchestrator that is started again while a value of before is still accepted', () => {
  it('gives processes their secrets for either token, also after it was killed, until an overlap of none', async () => {
    const standalone = { listen: '127.0.0.1:0', token: { secret: 'TOKEN' }, secrets: ['HELD'] };
    const modules = { orders: fixture('answers') };
    // Without the port of the gateway, which others on this machine may have.
    const config = { modules, secrets: [{ file: './secrets' }], standalone, gateway: false };
    await writeFile(join(directory, 'pywatt.config.yaml'), JSON.stringify(config));
    const rotate = async (token: string, overlap: string) => {
      await using command = pywatt(['secrets', 'rotate', 'TOKEN', '--overlap', overlap], token);
      expect((await command.exited).code).toBe(0);
    };
    const addressOf = (orchestrator: NodeProcess) =>
      orchestrator.match(/processes of their own.*?(127\.0\.0\.1:\d+)\D/);
    const held = 'the-held-value';
    {
      await using orchestrator = pywatt(['run']);
      await addressOf(orchestrator);
      await rotate(second, '10m');
      await rotate(third, '10m');
      orchestrator.kill('SIGKILL');
      await orchestrator.exited;
    }
    expect(await keptTexts()).not.toMatch(/the-(first|second|third)-token/);
    {
      await using orchestrator = pywatt(['run']);
      const address = await addressOf(orchestrator);
      for (const token of [first, second, third]) expect(await given(address, token)).toBe(held);
      await rotate('the-fourth-token-of-it', '0s');
      orchestrator.kill('SIGTERM');
      await orchestrator.exited;
    }
    await using orchestrator = pywatt(['run']);
    const address = await addressOf(orchestrator);
    for (const token of [first, third])
      await expect(given(address, token)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    expect(await given(address, 'the-fourth-token-of-it')).toBe(held);
  }, 120_000);

  it('ends the sessions of a token of before when its overlap is over', async () => {
    const { previous, proposal } = values();
    await previous().keep([proposal(first, second)], 8_000);
    await writeFile(join(directory, 'secrets/TOKEN'), second);
    const standalone = { listen: '127.0.0.1:0', token: { secret: 'TOKEN' }, secrets: ['HELD'] };
    const lines: { message: string; fields: unknown }[] = [];
    const logger = {
      ...silentLogger,
      info: (message: string, fields: unknown) => void lines.push({ message, fields }),
    };
    const source = {
      modules: { orders: fixture('answers') },
      secrets: [{ file: join(directory, 'secrets') }],
      standalone,
      state: state(),
    };
    await using orchestrator = await startOrchestrator(source, { logger });
    await orchestrator.ready;
    const started = lines.find(({ message }) => message.includes('processes of their own'));
    const { address } = started!.fields as { address: string };
    const url = `tcp://${address}`;
    const token = async () => first;
    const lasting = new StandaloneSecretProvider({ url, token, caFile: undefined, logger: undefined });
    expect(await lasting.get('HELD')).toBe('the-held-value');
    const isOver = () =>
      lasting.get('HELD').then(
        () => false,
        () => true,
      );
    await until(isOver, 'its session has ended');
    expect(await given(address, second)).toBe('the-held-value');
    await lasting.close();
  }, 60_000);

  it('accepts tokens of the key of before', async () => {
    @Injectable()
    class Logins {
      constructor(@InjectJwt() readonly jwt: Jwt) {}
    }
    @Module({ id: 'login', providers: [Logins] })
    class LoginModule {}
    const [oldKey, newKey] = ['the old key, of more than 32 bytes', 'the new key, of more than 32 bytes'];
    await writeFile(join(directory, 'secrets/JWT_KEY'), oldKey);
    const start = async () => {
      const plan = { env: {}, overrides: new Map(), secrets: new Map(), services: [] } as never;
      const launcher = new InProcessLauncher(LoginModule, plan, silentLogger);
      const secrets = [{ file: join(directory, 'secrets') }];
      const jwt = { secret: { secret: 'JWT_KEY' }, overlap: '10m' as const };
      const modules = { login: { command: 'in-process', jwt: true } };
      const orchestrator = await startOrchestrator(
        { modules, secrets, jwt, state: state(), gateway: { listen: '127.0.0.1:0' } },
        { launchers: { login: launcher }, logger: silentLogger },
      );
      return { orchestrator, jwt: (await launcher.booted).get(Logins).jwt };
    };
    const before = await start();
    const token = await before.jwt.sign({ n: 1 });
    await before.orchestrator.rotateSecret('JWT_KEY', newKey);
    await before.orchestrator.close();
    const after = await start();
    expect(await after.jwt.verify(token)).toMatchObject({ n: 1 });
    // Also where it rotates before it has looked at any token.
    await after.orchestrator.close();
    const again = await start();
    await again.orchestrator.rotateSecret('JWT_KEY', 'another key, of more than 32 bytes');
    expect(await again.jwt.verify(token)).toMatchObject({ n: 1 });
    await again.orchestrator.close();
    expect(await keptTexts()).not.toMatch(/(old|new|another) key/);
  }, 60_000);
});

/** Values of before in the state directory, by an orchestrator that has just started. */
function values() {
  const redactor = new SecretRedactor();
  const overlaps = new Map([['TOKEN', undefined]]);
  const warnings: unknown[] = [];
  const logger = { ...silentLogger, warn: (message: string, fields: unknown) => void warnings.push(message, fields) };
  const previous = () => new PreviousValues({ overlaps, stateDirectory: state(), redactor, logger });
  const proposal = (from: string, to: string) => {
    const effects = { store: async () => {}, restore: async () => {}, putInForce: () => {}, end: () => {} };
    const [proposed, before] = [
      { value: to, version: '2' },
      { value: from, version: '1' },
    ];
    return new Proposal('TOKEN', 'rotation', proposed, before, false, effects);
  };
  const loaded = async (inForce: string) => {
    const fresh = previous();
    await fresh.load({ get: async () => inForce });
    return fresh.of('TOKEN').map(({ value }) => value);
  };
  return { previous, proposal, loaded, redactor, warnings, file: join(state(), 'previous', 'TOKEN.json') };
}

describe('values of before', () => {
  it('are those of the value in force, not of one that was rejected, and hidden in logs', async () => {
    const { previous, proposal, loaded, redactor } = values();
    const [kept] = [previous()];
    await kept.keep([proposal(first, second)], minute);
    await kept.keep([proposal(second, third)], minute);
    expect([await loaded(third), await loaded(second), await loaded(first)]).toEqual([[second, first], [first], []]);
    expect(redactor.redact(`it was ${first}`)).toBe('it was [REDACTED]');
  });

  it('end with one that is over', async () => {
    const { previous, proposal, loaded } = values();
    await previous().keep([proposal(first, second)], minute);
    await previous().keep([proposal(second, third)], 0);
    expect([await loaded(third), await loaded(second)]).toEqual([[], [first]]);
  });

  it('cannot be replaced where they cannot be kept', async () => {
    const { previous, proposal } = values();
    await mkdir(state(), { mode: 0o700 });
    await writeFile(join(state(), 'previous'), 'in the way');
    await expect(previous().keep([proposal(first, second)], minute)).rejects.toThrow(
      /^the value of before of 'TOKEN' cannot be kept over a restart \(/,
    );
  });

  it.each(['', '{', '[{}]', '\0'.repeat(100)])(
    'are none where the file holds %j, or was made to last longer',
    async (text) => {
      const { previous, proposal, loaded, file, warnings } = values();
      await previous().keep([proposal(first, second)], minute);
      const [sealed] = JSON.parse(await readFile(file, 'utf8')) as { until: number }[];
      await writeFile(file, JSON.stringify([{ ...sealed, until: sealed!.until + minute }]));
      expect(await loaded(second)).toEqual([]);
      await writeFile(file, JSON.stringify([{ salt: '', sealed: '', until: Date.now() + minute }]));
      expect(await loaded(second)).toEqual([]);
      await writeFile(file, text);
      expect(await loaded(second)).toEqual([]);
      expect(warnings).toContainEqual(expect.objectContaining({ reason: `${file} is damaged` }));
      // And the next rotation begins anew.
      await previous().keep([proposal(first, second)], minute);
      expect(await loaded(second)).toEqual([first]);
    },
  );
});
