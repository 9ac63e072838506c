import { describe, expect, it, jest } from '@jest/globals';
import { Deferred } from '../../../../src/foundation/index.js';
import {
  ChainedSecretProvider,
  localParticipant,
  MemorySecretProvider,
  OnSecretRotated,
  ProviderChanges,
  RotationCoordinator,
  type RotationReport,
  type SecretValue,
  type SecretWatch,
} from '../../../../src/secrets/index.js';
import { declared, setUpModule, setUpStore } from '../secrets-set-up.js';

/** Values in memory that others may change, who then say so. */
class WatchedProvider extends MemorySecretProvider {
  changed: (names: readonly string[]) => void = () => undefined;
  isClosed = false;
  readonly state = {
    name: 'memory',
    revision: 1,
    staleAfterMs: 1_000,
    checkedAt: Date.now(),
    trouble: undefined as string | undefined,
    close: () => Promise.resolve(void (this.isClosed = true)),
  };

  writes = 0;

  override set(name: string, value: string): Promise<void> {
    this.writes += 1;
    return super.set(name, value);
  }

  override watch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    this.changed = changed;
    return Promise.resolve(this.state);
  }

  async change(values: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(values)) await this.set(name, value);
    this.changed(Object.keys(values));
  }
}

async function setUp() {
  const provider = new WatchedProvider({ KEY: 'old-key', OTHER: 'old-other', UNREAD: 'unread' });
  const store = setUpStore({}, { provider: new ChainedSecretProvider([provider]) });
  const seen: string[] = [];
  class Hooks {
    @OnSecretRotated('KEY', 'OTHER') on(next: SecretValue, previous: SecretValue): void {
      seen.push(`${previous.reveal()} -> ${next.reveal()}`);
      if (next.reveal().includes('bad')) throw new Error('refused');
    }
  }
  const secrets = await setUpModule(store, [declared('KEY'), declared('OTHER')], [new Hooks()]);
  let decided = new Deferred<RotationReport>();
  const rotations = new RotationCoordinator({
    ...store,
    participants: () => [localParticipant('orders', secrets)],
    recorder: {
      decided: (report) => Promise.resolve(decided.resolve(report)),
      retired: () => Promise.resolve(),
    },
  });
  const changes = await ProviderChanges.open(provider, rotations, store.logger);
  const next = async (values: Record<string, string>) => {
    decided = new Deferred();
    await provider.change(values);
    return decided.promise;
  };
  return { ...store, provider, rotations, changes, seen, next, key: () => secrets.valueFor(declared('KEY'))?.reveal() };
}

describe('a value that changes where it is kept', () => {
  it('is rotated to, without being stored again, and what changed together goes together', async () => {
    const { next, provider, seen, key, store } = await setUp();
    const report = await next({ OTHER: 'new-other', KEY: 'new-key' });
    expect(report).toMatchObject({ outcome: 'committed', names: ['KEY', 'OTHER'], by: { kind: 'provider' } });
    expect([provider.writes, key(), seen]).toEqual([2, 'new-key', ['old-key -> new-key', 'old-other -> new-other']]);
    await expect(store.get('KEY')).resolves.toMatchObject({ value: 'new-key' });
  });

  it('stays out of force when it is rejected, and is in the problems until it changes again or is asked for', async () => {
    const { next, rotations, key, store, provider } = await setUp();
    await expect(next({ KEY: 'bad-key' })).resolves.toMatchObject({ outcome: 'rejected', by: { kind: 'provider' } });
    expect(key()).toBe('old-key');
    await expect(store.get('KEY')).resolves.toMatchObject({ value: 'old-key' });
    await expect(provider.get('KEY')).resolves.toBe('bad-key');
    await expect(rotations.adopt(['KEY'])).resolves.toMatchObject({ outcome: 'rejected' });
    expect([...rotations.refusedChanges]).toEqual([['KEY', expect.stringContaining('refused')]]);
    await expect(next({ KEY: 'new-key' })).resolves.toMatchObject({ outcome: 'committed' });
    expect([key(), rotations.refusedChanges.size]).toEqual(['new-key', 0]);
  });

  it('is told of in the log, once, when it comes after somebody started without it', async () => {
    const { provider, rotations, lines, store, ...rest } = await setUp();
    const late = declared('LATE', { default: 'the default' });
    const secrets = await setUpModule({ store, ...rest }, [late]);
    await expect(rotations.adopt(['LATE'])).resolves.toBeUndefined();
    await provider.set('LATE', 'late-value');
    for (let time = 0; time < 2; time++) await expect(rotations.adopt(['LATE', 'UNREAD'])).resolves.toBeUndefined();
    expect(secrets.valueFor(late)?.reveal()).toBe('the default');
    expect(lines.filter((line) => line.includes('takes it when it starts again'))).toEqual([
      expect.stringContaining('"name":"LATE"'),
    ]);
  });

  it('is no problem any more when the provider takes it back', async () => {
    const { next, rotations, provider } = await setUp();
    await next({ KEY: 'bad-key' });
    await provider.set('KEY', 'old-key');
    await expect(rotations.adopt(['KEY'])).resolves.toBeUndefined();
    expect(rotations.refusedChanges.size).toBe(0);
  });

  it('is kept by who has it when it was deleted, refused to others, and rotated to when it is there again', async () => {
    const { next, rotations, provider, store, key, seen } = await setUp();
    await provider.delete('KEY');
    await expect(rotations.adopt(['KEY'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect([key(), [...rotations.deletedSecrets]]).toEqual(['old-key', ['KEY']]);
    await expect(store.get('KEY')).resolves.toBeUndefined();
    await expect(store.get('KEY', { lastKnown: true })).resolves.toMatchObject({ value: 'old-key' });
    // Others that changed at the same time are rotated to all the same.
    await provider.set('OTHER', 'new-other');
    await expect(rotations.adopt(['KEY', 'OTHER'])).resolves.toMatchObject({ outcome: 'committed', names: ['OTHER'] });
    await expect(next({ KEY: 'new-key' })).resolves.toMatchObject({ outcome: 'committed', names: ['KEY'] });
    expect([key(), rotations.deletedSecrets.size, seen.at(-1)]).toEqual(['new-key', 0, 'old-key -> new-key']);
    await provider.delete('KEY');
    await expect(rotations.adopt(['KEY'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await provider.set('KEY', 'new-key');
    await expect(rotations.adopt(['KEY'])).resolves.toBeUndefined();
    expect(rotations.deletedSecrets.size).toBe(0);
    await expect(store.get('KEY')).resolves.toMatchObject({ value: 'new-key' });
  });

  it('is nothing to do when nobody was given the secret, or when we wrote it ourselves', async () => {
    const { rotations, provider, seen, store } = await setUp();
    await provider.set('UNREAD', 'changed');
    await expect(rotations.adopt(['UNREAD'])).resolves.toBeUndefined();
    await expect(store.get('UNREAD')).resolves.toMatchObject({ value: 'changed' });
    await rotations.rotate('KEY', 'new-key');
    await expect(rotations.adopt(['KEY'])).resolves.toBeUndefined();
    expect(seen).toEqual(['old-key -> new-key']);
  });

  it('keeps the value of before in force when the secret is gone there', async () => {
    const { rotations, provider, key } = await setUp();
    provider.get = () => Promise.resolve(undefined);
    await expect(rotations.adopt(['KEY'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(key()).toBe('old-key');
  });

  it('is tried again when it could not be read, and told of until it is in force', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
    const { next, changes, provider, key } = await setUp();
    const get = provider.get.bind(provider);
    let isBroken = new Deferred<void>();
    provider.get = (name) => {
      isBroken.resolve();
      return name === 'KEY' ? Promise.reject(new Error('it is no file')) : get(name);
    };
    await provider.change({ KEY: 'new-key' });
    await isBroken.promise;
    while (changes.failed.size === 0) await new Promise(setImmediate);
    expect([[...changes.failed], key()]).toEqual([[['KEY', expect.stringContaining('it is no file')]], 'old-key']);
    isBroken = new Deferred();
    jest.advanceTimersByTime(5_000);
    await isBroken.promise;
    provider.get = get;
    while (changes.failed.size > 0) {
      jest.advanceTimersByTime(5_000);
      await new Promise(setImmediate);
    }
    expect(key()).toBe('new-key');
    await expect(next({ KEY: 'newer-key' })).resolves.toMatchObject({ outcome: 'committed' });
    jest.useRealTimers();
  });

  it('is not seen any more once closed', async () => {
    const { changes, provider, seen } = await setUp();
    await changes.close();
    await provider.change({ KEY: 'new-key' });
    expect([provider.isClosed, seen]).toEqual([true, []]);
  });
});
