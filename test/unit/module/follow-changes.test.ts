import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import { followChanges } from '../../../src/module/follow-changes.js';
import {
  ChainedSecretProvider,
  MemorySecretProvider,
  OnSecretRotated,
  type SecretValue,
  type SecretWatch,
} from '../../../src/secrets/index.js';
import { declared, setUpModule, setUpStore } from '../secrets/secrets-set-up.js';

class Watched extends MemorySecretProvider {
  changed: (names: readonly string[]) => void = () => undefined;
  override watch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    this.changed = changed;
    const watch = { name: 'memory', revision: 0, checkedAt: Date.now(), staleAfterMs: 1_000, trouble: undefined };
    return Promise.resolve({ ...watch, close: () => Promise.resolve() });
  }
}

async function setUp() {
  const provider = new Watched({ KEY: 'old-key' });
  const store = setUpStore({}, { provider: new ChainedSecretProvider([provider]) });
  let called = new Deferred<string>();
  class Hooks {
    @OnSecretRotated('KEY') onKey(next: SecretValue): void {
      called.resolve(next.reveal());
      if (next.reveal() === 'bad-key') throw new Error('refused');
    }
  }
  const secrets = await setUpModule(store, [declared('KEY')], [new Hooks()]);
  const logged = async (text: string) => {
    const line = () => store.lines.find((each) => each.includes(text));
    while (line() === undefined) await new Promise((next) => setImmediate(next));
    return line();
  };
  const change = async (value: string) => {
    called = new Deferred();
    await provider.set('KEY', value);
    provider.changed(['KEY']);
    return called.promise;
  };
  return { ...store, provider, secrets, change, logged, key: () => secrets.valueFor(declared('KEY'))?.reveal() };
}

describe('a module by itself', () => {
  it('rotates to a value that changes where it is kept, and logs the report', async () => {
    const { change, key, secrets, provider, logged, ...rest } = await setUp();
    const followed = await followChanges('orders', secrets, { provider, ...rest });
    await expect(change('new-key')).resolves.toBe('new-key');
    const line = await logged('secret rotation committed');
    expect(JSON.parse(line!)).toMatchObject({
      name: 'KEY',
      by: { kind: 'provider' },
      modules: [{ moduleId: 'orders', outcome: 'acknowledged' }],
    });
    expect([key(), rest.lines.join().includes('new-key')]).toEqual(['new-key', false]);
    await followed.end();
  });

  it('keeps the value of before when a hook refuses the new one, and says so as an error', async () => {
    const { change, key, secrets, provider, logged, ...rest } = await setUp();
    const followed = await followChanges('orders', secrets, { provider, ...rest });
    await change('bad-key');
    expect(await logged('"level":"error"')).toContain('the old one stays in force here');
    expect([key(), followed.refused]).toEqual(['old-key', ['KEY']]);
    await change('good-key');
    await logged('secret rotation committed');
    expect([key(), followed.refused]).toEqual(['good-key', []]);
    await followed.end();
  });

  it('misses no change between its boot and the watch', async () => {
    const { key, secrets, provider, logged, ...rest } = await setUp();
    await provider.set('KEY', 'new-key');
    const followed = await followChanges('orders', secrets, { provider, ...rest });
    await logged('secret rotation committed');
    expect(key()).toBe('new-key');
    await followed.end();
  });
});
