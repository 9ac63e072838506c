import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../../src/foundation/index.js';
import {
  ChainedSecretProvider,
  localParticipant,
  MemorySecretProvider,
  OnSecretRotated,
  RotationCoordinator,
  type RotationContext,
  type SecretValue,
} from '../../../../src/secrets/index.js';
import { declared, setUpModule, setUpStore } from '../secrets-set-up.js';

class Login {
  readonly seen: string[] = [];
  refuses: string | undefined;

  @OnSecretRotated('USER', 'PASSWORD')
  onLogin(next: SecretValue, previous: SecretValue, { name, reason }: RotationContext): void {
    this.seen.push(`${name} ${reason} ${previous.reveal()} -> ${next.reveal()}`);
    if (this.refuses === next.reveal()) throw new Error('refused');
  }
}

/** Refuses to store one value. */
class PickyProvider extends MemorySecretProvider {
  constructor(
    values: Record<string, string>,
    private readonly refused: string,
  ) {
    super(values);
  }

  override set(name: string, value: string): Promise<void> {
    return value === this.refused ? Promise.reject(new Error('the disk is full')) : super.set(name, value);
  }
}

const old = { USER: 'old-user', PASSWORD: 'old-password' };
const next = new Map([
  ['USER', 'new-user'],
  ['PASSWORD', 'new-password'],
]);

async function setUp(provider = new MemorySecretProvider(old)) {
  const store = setUpStore({}, { provider: new ChainedSecretProvider([provider]) });
  const login = new Login();
  const secrets = await setUpModule(store, [declared('USER'), declared('PASSWORD')], [login]);
  const rotations = new RotationCoordinator({ ...store, participants: () => [localParticipant('orders', secrets)] });
  const values = () => [secrets.valueFor(declared('USER'))?.reveal(), secrets.valueFor(declared('PASSWORD'))?.reveal()];
  const stored = () => Promise.all([provider.get('USER'), provider.get('PASSWORD')]);
  return { ...store, login, rotations, values, stored, secrets };
}

describe('several secrets that rotate together', () => {
  it('are told to a module once, run its hooks once for each in order, and switch together', async () => {
    const { rotations, login, values, stored } = await setUp();
    const report = await rotations.rotateAll(next);
    expect(report).toMatchObject({ outcome: 'committed', name: 'PASSWORD', names: ['PASSWORD', 'USER'] });
    expect(Object.keys(report.versions)).toEqual(['PASSWORD', 'USER']);
    expect(report.modules).toMatchObject([{ moduleId: 'orders', outcome: 'acknowledged' }]);
    expect(login.seen).toEqual([
      'PASSWORD rotation old-password -> new-password',
      'USER rotation old-user -> new-user',
    ]);
    expect(values()).toEqual(['new-user', 'new-password']);
    await expect(stored()).resolves.toEqual(['new-user', 'new-password']);
  });

  it('stay as they were, all of them, when one is refused', async () => {
    const { rotations, login, values, stored } = await setUp();
    login.refuses = 'new-user';
    await expect(rotations.rotateAll(next)).resolves.toMatchObject({ outcome: 'rejected' });
    expect(login.seen.at(-1)).toBe('PASSWORD rollback new-password -> old-password');
    expect(values()).toEqual(['old-user', 'old-password']);
    await expect(stored()).resolves.toEqual(['old-user', 'old-password']);
  });

  it('are put back when the second cannot be stored', async () => {
    const { rotations, values, stored } = await setUp(new PickyProvider(old, 'new-user'));
    const report = await rotations.rotateAll(next);
    expect(report).toMatchObject({ outcome: 'rejected', message: 'the disk is full' });
    expect(report.modules).toMatchObject([{ outcome: 'rolled-back' }]);
    expect(values()).toEqual(['old-user', 'old-password']);
    await expect(stored()).resolves.toEqual(['old-user', 'old-password']);
  });

  it('leave nobody told when one of them does not exist, and hold no other rotation up afterwards', async () => {
    const { rotations, login } = await setUp();
    await expect(rotations.rotateAll(new Map([...next, ['ZZZ', 'value']]))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(rotations.rotateAll(new Map([['USER', '']]))).rejects.toMatchObject({ code: 'INVALID' });
    await expect(rotations.rotateAll(new Map())).rejects.toMatchObject({ code: 'INVALID' });
    expect(login.seen).toEqual([]);
    await expect(rotations.rotate('USER', 'new-user')).resolves.toMatchObject({ outcome: 'committed' });
  });

  it('never wait for each other, however their names are given', async () => {
    const { rotations, stored, values } = await setUp();
    const reports = await Promise.all([
      rotations.rotateAll(next),
      rotations.rotateAll(new Map([...next].reverse().map(([name]) => [name, `newer-${name}`]))),
      rotations.rotate('USER', 'newest-user'),
    ]);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['committed', 'committed', 'committed']);
    await expect(stored()).resolves.toEqual(values());
  });

  it('may have names with dots and those of object members', async () => {
    const names = ['a.b', 'c.d', '__proto__', 'constructor'];
    const provider = new MemorySecretProvider();
    for (const name of names) await provider.set(name, 'old-value');
    const store = setUpStore({}, { provider: new ChainedSecretProvider([provider]) });
    const rotations = new RotationCoordinator({ ...store, participants: () => [] });
    const report = await rotations.rotateAll(new Map(names.map((name) => [name, `new ${name}`])));
    expect(report.names).toEqual([...names].sort());
    for (const name of names) {
      expect(Object.hasOwn(report.versions, name)).toBe(true);
      await expect(provider.get(name)).resolves.toBe(`new ${name}`);
    }
  });
});

describe('a hook that rotates', () => {
  it('another secret of its module does so, without waiting for itself', async () => {
    const store = setUpStore(old);
    let inner: Promise<unknown> | undefined;
    class Chain {
      @OnSecretRotated('USER') async onUser(): Promise<void> {
        inner = rotations.rotate('PASSWORD', 'new-password');
        await inner;
      }
    }
    const secrets = await setUpModule(store, [declared('USER'), declared('PASSWORD')], [new Chain()]);
    const rotations = new RotationCoordinator({ ...store, participants: () => [localParticipant('orders', secrets)] });
    await expect(rotations.rotate('USER', 'new-user')).resolves.toMatchObject({ outcome: 'committed' });
    await expect(inner).resolves.toMatchObject({ outcome: 'committed' });
  });

  it('its own secret is refused at once, and may go on', async () => {
    const store = setUpStore(old);
    const refused = new Deferred<unknown>();
    class Loop {
      @OnSecretRotated('USER') async onUser(): Promise<void> {
        await rotations.rotate('USER', 'newer-user').catch((error: unknown) => refused.resolve(error));
      }
    }
    const secrets = await setUpModule(store, [declared('USER')], [new Loop()]);
    const rotations = new RotationCoordinator({ ...store, participants: () => [localParticipant('orders', secrets)] });
    await expect(rotations.rotate('USER', 'new-user')).resolves.toMatchObject({ outcome: 'committed' });
    await expect(refused.promise).resolves.toMatchObject({ code: 'ROTATION_BUSY' });
    await expect(rotations.rotate('USER', 'newest-user')).resolves.toMatchObject({ outcome: 'committed' });
  });
});
