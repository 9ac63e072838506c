import { describe, expect, it } from '@jest/globals';
import { type CredentialUser, Deferred, type PreparedCredential } from '../../../../src/foundation/index.js';
import {
  localParticipant,
  ModuleSecrets,
  RotationCoordinator,
  type RotationParticipant,
} from '../../../../src/secrets/index.js';
import { declared, setUpStore } from '../secrets-set-up.js';

/** Something that logs in, as a pool does, without a server: it accepts values that begin with `good`. */
class Account implements CredentialUser {
  readonly name = "database 'main'";
  readonly log: string[] = [];
  readonly inFlight = new Deferred<void>();
  value = 'good-old-one';

  constructor(readonly secret = 'KEY') {}

  prepare(value: string): Promise<PreparedCredential> {
    this.log.push('prepare');
    if (!value.startsWith('good')) return Promise.reject(new Error(`${this.name}: password ${value} refused`));
    const before = this.value;
    return Promise.resolve({
      activate: () => {
        this.log.push('activate');
        this.value = value;
      },
      retire: () => {
        this.log.push('retire');
        return this.inFlight.promise;
      },
      abandon: () => {
        this.log.push('abandon');
        this.value = before;
        return new Promise<void>(() => undefined);
      },
    });
  }
}

const refusing: RotationParticipant = { moduleId: 'orders', rotate: () => Promise.reject(new Error('no')) };
const aTime = expect.stringMatching(/^\d{4}-.*Z$/);

function setUp(participants: readonly RotationParticipant[] = []) {
  const store = setUpStore({ KEY: 'good-old-one' });
  const account = new Account();
  const credentialUsers = (name: string) => (name === 'KEY' ? [account] : []);
  const rotations = new RotationCoordinator({ ...store, participants: () => participants, credentialUsers });
  return { ...store, account, rotations };
}

describe('what logs in with a secret that rotates', () => {
  it('tries the value first, switches when all have acknowledged, and retires the old one', async () => {
    const order: string[] = [];
    const { rotations, account } = setUp([
      { moduleId: 'orders', rotate: () => Promise.resolve(void order.push(...account.log, 'module')) },
    ]);
    account.inFlight.resolve();
    const report = await rotations.rotate('KEY', 'good-new-one');
    expect(order).toEqual(['prepare', 'module']);
    expect(account.log).toEqual(['prepare', 'activate', 'retire']);
    expect(report.credentials).toEqual([
      {
        name: "database 'main'",
        secret: 'KEY',
        outcome: 'retired',
        preparedAt: aTime,
        activatedAt: aTime,
        drainedAt: aTime,
      },
    ]);
  });

  it('rejects the rotation when it refuses the value: nobody is told, and the report says which and why', async () => {
    const told: unknown[] = [];
    const { rotations, account, lines, store } = setUp([
      { moduleId: 'orders', rotate: (notice) => Promise.resolve(void told.push(notice)) },
    ]);
    const report = await rotations.rotate('KEY', 'bad-new-value');
    expect(report).toMatchObject({
      outcome: 'rejected',
      message: "database 'main' does not accept the new 'KEY': password [REDACTED] refused",
      credentials: [{ outcome: 'refused', message: 'password [REDACTED] refused' }],
      modules: [],
    });
    expect([told, account.value]).toEqual([[], 'good-old-one']);
    await expect(store.get('KEY')).resolves.toMatchObject({ value: 'good-old-one' });
    expect(lines.join()).not.toContain('bad-new-value');
  });

  it('goes on with the old value when a module rejects, and the report does not wait for what it abandons', async () => {
    const { rotations, account } = setUp([refusing]);
    const report = await rotations.rotate('KEY', 'good-new-one');
    expect(report).toMatchObject({ outcome: 'rejected', credentials: [{ outcome: 'abandoned', preparedAt: aTime }] });
    expect(account.log).toEqual(['prepare', 'abandon']);
  });

  it('is refused when it cannot be tried within the deadline, and what comes up later is abandoned', async () => {
    const { rotations, account } = setUp();
    const slow = new Deferred<PreparedCredential>();
    const abandoned = new Deferred<void>();
    account.prepare = () => slow.promise;
    const report = await rotations.rotate('KEY', 'good-new-one', { deadline: '10ms' });
    expect(report.credentials).toMatchObject([{ outcome: 'refused', message: 'it could not be tried within 10 ms' }]);
    slow.resolve({
      activate: () => undefined,
      retire: () => Promise.resolve(),
      abandon: () => Promise.resolve(abandoned.resolve()),
    });
    await abandoned.promise;
  });

  it('is recorded as retired when its last work on the old value ends, or as not when the overlap ends before', async () => {
    const outcomes: string[] = [];
    const ended = new Deferred<void>();
    const store = setUpStore({ KEY: 'good-old-one' });
    const account = new Account();
    const rotations = new RotationCoordinator({
      ...store,
      participants: () => [],
      credentialUsers: () => [account],
      recorder: {
        decided: () => Promise.resolve(),
        retired: (report) => {
          outcomes.push(report.credentials[0]!.outcome);
          ended.resolve();
          return Promise.resolve();
        },
      },
    });
    const report = await rotations.rotate('KEY', 'good-new-one', { overlap: '20ms' });
    expect(report.credentials).toMatchObject([{ outcome: 'activated' }]);
    await ended.promise;
    expect(outcomes).toEqual(['activated']);
  });

  it('does not keep a coordinator from closing', async () => {
    const { rotations } = setUp();
    const rotating = rotations.rotate('KEY', 'good-new-one', { overlap: '1h' });
    await rotating;
    await expect(rotations.close()).resolves.toBeUndefined();
  });
});

describe('what logs in with a secret inside a module', () => {
  async function moduleWith(account: Account) {
    const store = setUpStore({ KEY: 'good-old-one' });
    const secrets = new ModuleSecrets({ source: store.store, ...store, credentialUsers: () => [account] });
    await secrets.prefetch([declared('KEY')]);
    const participants = [localParticipant('orders', secrets)];
    return { ...store, secrets, participants };
  }

  it('switches with its handles, and says so when the old value is over', async () => {
    const account = new Account();
    account.inFlight.resolve();
    const { participants, ...store } = await moduleWith(account);
    const rotations = new RotationCoordinator({ ...store, participants: () => participants });
    const report = await rotations.rotate('KEY', 'good-new-one');
    expect(report.modules).toMatchObject([{ outcome: 'acknowledged', drainedAt: aTime }]);
    expect(account.log).toEqual(['prepare', 'activate', 'retire']);
  });

  it('rejects for its module before a hook runs', async () => {
    const { participants, secrets, ...store } = await moduleWith(new Account());
    const rotations = new RotationCoordinator({ ...store, participants: () => participants });
    const report = await rotations.rotate('KEY', 'bad-new-value');
    expect(report.modules).toMatchObject([
      { outcome: 'rejected', message: expect.stringContaining("database 'main'") },
    ]);
    expect(secrets.valueFor(declared('KEY'))?.reveal()).toBe('good-old-one');
  });

  it('goes back when another module rejects', async () => {
    const account = new Account();
    const { participants, ...store } = await moduleWith(account);
    const both = [...participants, { ...refusing, moduleId: 'billing' }];
    const rotations = new RotationCoordinator({ ...store, participants: () => both });
    await expect(rotations.rotate('KEY', 'good-new-one')).resolves.toMatchObject({ outcome: 'rejected' });
    expect([account.value, account.log.at(-1)]).toEqual(['good-old-one', 'abandon']);
  });

  it('retires the old value when the overlap ends and nobody has told of the commit', async () => {
    const account = new Account();
    account.inFlight.resolve();
    const retired = new Deferred<void>();
    const { store, secrets } = await moduleWith(account);
    await store.propose('KEY', 'good-new-one', 'r1');
    const push = account.log.push.bind(account.log);
    account.log.push = (...entries: string[]) => {
      if (entries.includes('retire')) retired.resolve();
      return push(...entries);
    };
    const now = Date.now();
    await secrets.rotate({
      names: ['KEY'],
      rotationId: 'r1',
      reason: 'rotation',
      deadline: new Date(now + 5_000),
      overlapUntil: new Date(now + 20),
    });
    await expect(retired.promise).resolves.toBeUndefined();
  });
});
