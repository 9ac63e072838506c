import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  bootModule,
  Injectable,
  InjectSecrets,
  Module,
  OnSecretRotated,
  Secret,
  type Secrets,
  type SecretValue,
} from '@pywatt/sdk';
import { Deferred } from '../../src/foundation/index.js';
import { SecretRedactor } from '../../src/logging/index.js';
import { StandaloneServer } from '../../src/orchestrator/standalone/standalone-server.js';
import {
  ChainedSecretProvider,
  FileSecretProvider,
  SecretBroker,
  SecretError,
  type SecretReader,
  SecretStore,
} from '../../src/secrets/index.js';
import { defaultWireLimits, type ServiceConnection } from '../../src/wire/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

@Injectable()
class Keeper {
  readonly seen: string[] = [];

  constructor(
    @Secret('HELD') readonly held: SecretValue,
    @InjectSecrets() readonly secrets: Secrets,
  ) {}

  @OnSecretRotated('HELD', 'OTHER')
  onRotated(next: SecretValue, previous: SecretValue): void {
    this.seen.push(`${next.name}: ${previous.reveal()} to ${next.reveal()}`);
  }
}

@Module({ id: 'keeper', providers: [Keeper] })
class KeeperModule {}

const token = 'a-token-of-thirty-two-characters';
let directory: string;

const put = (name: string, value: string) => writeFile(join(directory, name), value);

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pywatt-standalone-watch-')), 'secrets');
  await mkdir(directory);
  await put('HELD', 'first-value');
  await put('OTHER', 'other-value');
  await put('TOKEN', token);
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

/** An orchestrator that looks at its files only when the system tells of a change. */
async function orchestrator(listen = '127.0.0.1:0', secrets = ['HELD', 'OTHER']) {
  const app = await startWith({
    modules: { orders: { ...fixture('answers') } },
    secrets: [{ file: { path: directory, poll: '10m' } }],
    standalone: { listen, token: { secret: 'TOKEN' }, secrets },
  });
  const [line] = app.logged(/secrets are given to processes of their own/);
  return { ...app, address: String(line?.['address']), [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

/** A process that no orchestrator started. It would read its secrets again every quarter of an hour. */
async function keeperOf(address: string, env: Record<string, string> = {}) {
  const booted = await bootModule(KeeperModule, {
    environment: 'direct',
    env: { PYWATT_SECRETS_URL: `tcp://${address}`, PYWATT_SECRETS_TOKEN: token, LOG_LEVEL: 'error', ...env },
  });
  const { held, seen, secrets } = booted.get(Keeper);
  const health = async () =>
    ((await (await booted.request('/health')).json()) as { secrets: { status: string } }).secrets;
  return { held, seen, secrets, health, [Symbol.asyncDispose]: () => booted.close() };
}

describe('a process that no orchestrator started', () => {
  it('is told at once of secrets that are rotated, or that change where they are kept, and runs its hooks', async () => {
    await using app = await orchestrator();
    await using keeper = await keeperOf(app.address);
    await app.orchestrator.rotateSecret('HELD', 'second-value');
    await until(() => keeper.seen.length > 0, 'the hook has run');
    await put('OTHER', 'another-value');
    await until(() => keeper.seen.length > 1, 'the hook has run again');
    expect(keeper.seen).toEqual(['HELD: first-value to second-value', 'OTHER: other-value to another-value']);
    expect(keeper.held.reveal()).toBe('second-value');
    expect(await keeper.health()).toMatchObject({
      status: 'ok',
      watches: { [`orchestrator tcp://${app.address}`]: 'ok' },
    });
  }, 60_000);

  it('is degraded while its orchestrator is away, and with the next one takes over what changed meanwhile', async () => {
    const first = await orchestrator();
    await using keeper = await keeperOf(first.address);
    await first[Symbol.asyncDispose]();
    await until(async () => (await keeper.health()).status === 'degraded', 'it is degraded');
    await put('HELD', 'second-value');
    await using second = await orchestrator(first.address);
    await until(() => keeper.seen.length > 0, 'the hook has run');
    expect(second.address).toBe(first.address);
    expect(keeper.seen).toEqual(['HELD: first-value to second-value']);
    await until(async () => (await keeper.health()).status === 'ok', 'it is well again');
  }, 60_000);

  it('is degraded while a secret that it holds is granted to it no more, and takes over its value once it is again', async () => {
    const first = await orchestrator();
    await using keeper = await keeperOf(first.address);
    const { address } = first;
    const isTroubled = async () =>
      Object.values(((await keeper.health()) as { watches?: object }).watches ?? {}).includes('troubled');
    await first[Symbol.asyncDispose]();
    const second = await orchestrator(address, ['OTHER']);
    await second.orchestrator.rotateSecret('OTHER', 'another-value');
    await until(() => keeper.seen.length > 0, 'it is told of what it is granted');
    await put('HELD', 'second-value');
    expect([await isTroubled(), keeper.held.reveal()]).toEqual([true, 'first-value']);
    await second[Symbol.asyncDispose]();
    await using third = await orchestrator(address);
    await until(() => keeper.seen.length > 1, 'the hook has run');
    expect(third.address).toBe(address);
    expect(keeper.seen[1]).toBe('HELD: first-value to second-value');
    await until(async () => (await keeper.health()).status === 'ok', 'it is well again');
  }, 60_000);

  it('reads its secrets again now and then where the orchestrator knows no watch', async () => {
    await using old = await standaloneWith((connection) => ({
      ...connection,
      call: async (operation, ...args) => {
        if (operation !== 'watch') return connection.call(operation, ...args);
        throw new SecretError('INVALID', `secrets have no operation 'watch': get, set, delete, list`);
      },
    }));
    await using keeper = await keeperOf(old.address, { PYWATT_SECRET_ROTATION_INTERVAL: '50ms' });
    await put('HELD', 'second-value');
    await old.store.forget('HELD');
    await until(() => keeper.seen.length > 0, 'the hook has run');
    expect([keeper.seen, (await keeper.health()).status]).toEqual([['HELD: first-value to second-value'], 'ok']);
  }, 60_000);

  it('is given what is in force with the orchestrator, not what it has not taken over', async () => {
    await using old = await standaloneWith((connection) => connection);
    await using keeper = await keeperOf(old.address);
    await put('HELD', 'second-value');
    expect((await keeper.secrets.get('HELD', { mode: 'remote' }))?.reveal()).toBe('first-value');
  });

  it('is degraded when its watch is not answered any more, and opens another session', async () => {
    let isSilent = true;
    await using deaf = await standaloneWith((connection) => ({
      ...connection,
      call: (operation, ...args) =>
        operation === 'watch' && isSilent ? new Deferred<never>().promise : connection.call(operation, ...args),
    }));
    await using keeper = await keeperOf(deaf.address, { PYWATT_SECRET_ROTATION_INTERVAL: '50ms' });
    expect(await keeper.health()).toMatchObject({ status: 'degraded' });
    isSilent = false;
    await until(async () => (await keeper.health()).status === 'ok', 'it is well again');
  }, 60_000);
});

/** The listener of an orchestrator whose connections to its secrets are others. */
async function standaloneWith(alter: (connection: ServiceConnection) => ServiceConnection) {
  const redactor = new SecretRedactor();
  const provider = new ChainedSecretProvider([new FileSecretProvider(directory)]);
  const store = new SecretStore({ provider, redactor });
  const options = { store, provider, redactor, logger: silentLogger, rotate: async () => {}, written: async () => {} };
  const access = { mayRead: () => true, mayWrite: () => false };
  class AlteredBroker extends SecretBroker {
    override open(reader: SecretReader): ServiceConnection {
      return alter(super.open(reader));
    }
  }
  const server = await StandaloneServer.start({
    ...options,
    config: {
      listen: { host: '127.0.0.1', port: 0 },
      tls: undefined,
      tokenSecret: 'TOKEN',
      secrets: new Map([
        ['HELD', 'read'],
        ['OTHER', 'read'],
      ]),
    },
    broker: new AlteredBroker({ ...options, access }),
    limits: defaultWireLimits,
    previous: { of: () => [] },
    audit: () => undefined,
  });
  return { store, address: server.address, [Symbol.asyncDispose]: () => server.close() };
}
