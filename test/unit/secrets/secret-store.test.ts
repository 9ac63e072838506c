import { describe, expect, it, jest } from '@jest/globals';
import {
  ChainedSecretProvider,
  EnvSecretProvider,
  MemorySecretProvider,
  type SecretProvider,
} from '../../../src/secrets/index.js';
import { setUpStore } from './secrets-set-up.js';

describe('SecretStore', () => {
  it('gives everybody the same value and version until a rotation, and redacts it', async () => {
    const { store, memory, redactor } = setUpStore({ KEY: 'value-one' });
    const first = await store.get('KEY');
    await memory.set('KEY', 'changed behind its back');
    await expect(store.get('KEY')).resolves.toEqual(first);
    expect(first).toEqual({
      value: 'value-one',
      version: expect.stringMatching(/^[0-9a-f]{12}$/),
      place: "'KEY' in memory",
    });
    expect(redactor.redact('value-one')).toBe('[REDACTED]');
  });

  it('hides what was set over a day longer, where nobody has it', async () => {
    jest.useFakeTimers();
    const { store, redactor } = setUpStore({ USED: 'zq-used-value' });
    await store.get('USED');
    await store.set('USED', 'zq-next-value');
    for (const value of ['zq-first-token', 'zq-second-token']) await store.set('TOKEN', value);
    expect(redactor.redact('zq-first-token')).toBe('[REDACTED]');
    jest.advanceTimersByTime(25 * 3_600_000);
    const values = ['zq-first-token', 'zq-second-token', 'zq-used-value', 'zq-next-value'];
    expect(values.map((value) => redactor.redact(value))).toEqual([
      'zq-first-token',
      '[REDACTED]',
      '[REDACTED]',
      '[REDACTED]',
    ]);
    jest.useRealTimers();
  });

  it('never derives a version from the value', async () => {
    const { store } = setUpStore({ A: 'same', B: 'same' });
    expect((await store.get('A'))?.version).not.toBe((await store.get('B'))?.version);
  });

  it('looks again for a secret nobody had, and after a provider failed', async () => {
    const { store, memory } = setUpStore({});
    await expect(store.get('KEY')).resolves.toBeUndefined();
    await memory.set('KEY', 'now');
    await expect(store.get('KEY')).resolves.toMatchObject({ value: 'now' });

    let fails = true;
    const flaky: SecretProvider = {
      name: 'flaky',
      placesOf: () => [],
      get: () => (fails ? Promise.reject(new Error('down')) : Promise.resolve('up')),
      canWrite: () => Promise.resolve(true),
    };
    const other = setUpStore({}, { provider: new ChainedSecretProvider([flaky]) }).store;
    await expect(other.get('KEY')).rejects.toThrow('down');
    fails = false;
    await expect(other.get('KEY')).resolves.toMatchObject({ value: 'up' });
  });

  it('does not wait for ever for a provider', async () => {
    const stuck: SecretProvider = {
      name: 'stuck vault',
      placesOf: () => [],
      get: () => new Promise(() => undefined),
      canWrite: () => Promise.resolve(true),
    };
    const { store } = setUpStore({}, { provider: new ChainedSecretProvider([stuck]), providerTimeout: '10ms' });
    await expect(store.get('KEY')).rejects.toMatchObject({
      code: 'PROVIDER_FAILED',
      retryable: true,
      message: expect.stringContaining('stuck vault'),
    });
  });

  it('shows a proposed value only to those who name the rotation, and to plain readers it was published to', async () => {
    const { store } = setUpStore({ KEY: 'old' });
    const proposal = await store.propose('KEY', 'new', 'r1');
    proposal.publishTo('orders#1');
    await expect(store.get('KEY', { rotationId: 'r1' })).resolves.toEqual(proposal.proposed);
    await expect(store.get('KEY', { reader: 'orders#1' })).resolves.toEqual(proposal.proposed);
    let answered = false;
    const waiting = store.get('KEY', { reader: 'orders#2', rotationId: 'r0' }).finally(() => (answered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    proposal.withdraw();
    await expect(waiting).resolves.toMatchObject({ value: 'old' });
    await expect(store.get('KEY', { reader: 'orders#1' })).resolves.toMatchObject({ value: 'old' });
  });

  it('lets a reader that begins during a rotation wait, and gives it the committed value', async () => {
    const { store, memory } = setUpStore({ KEY: 'old' });
    const before = await store.get('KEY');
    const proposal = await store.propose('KEY', 'new', 'r1');
    const waiting = store.get('KEY');
    await proposal.commit();
    await expect(waiting).resolves.toMatchObject(proposal.proposed);
    expect(proposal.proposed.version).not.toBe(before?.version);
    expect(proposal.previous.version).toBe(before?.version);
    await expect(memory.get('KEY')).resolves.toBe('new');
  });

  it('bounds that wait, with an error that may be retried', async () => {
    const { store } = setUpStore({ KEY: 'old' }, { settleTimeout: '10ms' });
    await store.propose('KEY', 'new', 'r1');
    await expect(store.get('KEY')).rejects.toMatchObject({ code: 'ROTATION_BUSY', retryable: true });
  });

  it('refuses to propose for a secret nobody has, with the nearest name', async () => {
    const { store } = setUpStore({ STRIPE_KEY: 'x' });
    await expect(store.propose('STRIPE_KYE', 'new', 'r1')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: "there is no secret 'STRIPE_KYE' (looked for 'STRIPE_KYE' in memory) (did you mean 'STRIPE_KEY'?)",
    });
  });

  it('refuses to propose where the supplier cannot store the value', async () => {
    const provider = new ChainedSecretProvider([
      new EnvSecretProvider({ env: { PYWATT_SECRET_KEY: 'x' } }),
      new MemorySecretProvider(),
    ]);
    const { store } = setUpStore({}, { provider });
    await expect(store.propose('KEY', 'new', 'r1')).rejects.toMatchObject({
      code: 'READ_ONLY',
      message: expect.stringContaining('PYWATT_SECRET_KEY'),
    });
    await expect(store.get('KEY')).resolves.toMatchObject({ value: 'x' });
  });

  it('takes one proposal for a secret at a time', async () => {
    const { store } = setUpStore({ KEY: 'old', OTHER: 'other' });
    const proposal = await store.propose('KEY', 'new', 'r1');
    await expect(store.propose('KEY', 'newer', 'r2')).rejects.toMatchObject({ code: 'ROTATION_BUSY' });
    (await store.propose('OTHER', 'new', 'r3')).withdraw();
    proposal.withdraw();
    proposal.withdraw();
    await (await store.propose('KEY', 'newest', 'r4')).commit();
    await expect(store.get('KEY')).resolves.toMatchObject({ value: 'newest' });
  });
});
