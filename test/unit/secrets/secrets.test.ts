import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SecretRedactor } from '../../../src/logging/index.js';
import { type SecretSource, SourceSecrets } from '../../../src/secrets/index.js';

const day = 24 * 3_600_000;
afterEach(() => void jest.useRealTimers());

/** A source with one secret that remembers what it was told, or refuses it. */
function setUp() {
  jest.useFakeTimers();
  const redactor = new SecretRedactor();
  const state = { value: 'zq-first-value', refuses: false };
  const source: SecretSource = {
    placesOf: () => [],
    get: async () => ({ value: state.value, version: '1' }),
    set: async (_name, value) => {
      if (state.refuses) throw new Error('refused');
      state.value = value;
    },
    delete: async () => true,
  };
  const secrets = new SourceSecrets(source, redactor);
  const hidden = () =>
    ['zq-first-value', 'zq-second-value', 'zq-third-value'].filter((value) => redactor.redact(value) !== value);
  return { redactor, state, secrets, hidden };
}

describe('secrets by names that are known late', () => {
  it('are hidden as long as they are the last of their name, and a day longer', async () => {
    const { secrets, state, hidden } = setUp();
    await secrets.get('TOKEN');
    state.value = 'zq-second-value';
    await secrets.get('TOKEN');
    await secrets.set('TOKEN', 'zq-third-value');
    expect(hidden()).toHaveLength(3);
    jest.advanceTimersByTime(2 * day);
    expect(hidden()).toEqual(['zq-third-value']);
    await secrets.delete('TOKEN');
    jest.advanceTimersByTime(2 * day);
    expect(hidden()).toEqual([]);
  });

  it('that could not be set are hidden a day longer', async () => {
    const { secrets, state, hidden } = setUp();
    state.refuses = true;
    await secrets.get('TOKEN');
    await expect(secrets.set('TOKEN', 'zq-second-value')).rejects.toThrow('refused');
    expect(hidden()).toEqual(['zq-first-value', 'zq-second-value']);
    jest.advanceTimersByTime(2 * day);
    expect(hidden()).toEqual(['zq-first-value']);
  });

  it('are hidden as long as a handle of the same secret has the value', async () => {
    const { secrets, state, redactor, hidden } = setUp();
    redactor.add('zq-first-value', { name: 'TOKEN' });
    await secrets.get('TOKEN');
    state.value = 'zq-second-value';
    await secrets.get('TOKEN');
    jest.advanceTimersByTime(2 * day);
    expect(hidden()).toEqual(['zq-first-value', 'zq-second-value']);
  });
});
