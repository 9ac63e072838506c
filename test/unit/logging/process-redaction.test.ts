import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { installRedaction, redactSecrets, SecretRedactor, shareSecrets } from '../../../src/logging/index.js';

afterEach(() => void jest.useRealTimers());

describe('the secrets of a process', () => {
  it('are hidden as long as the module that has them runs, and for 24 hours more', () => {
    jest.useFakeTimers();
    const [one, other] = [new SecretRedactor(), new SecretRedactor()];
    one.add('zq-first-secret');
    other.add('zq-second-secret');
    const [stop, stopOther] = [shareSecrets(one), shareSecrets(other)];
    const text = 'zq-first-secret, zq-second-secret';
    expect(redactSecrets(text)).toBe('[REDACTED], [REDACTED]');
    stop();
    jest.advanceTimersByTime(20 * 3_600_000);
    stopOther();
    stopOther();
    expect(redactSecrets(text)).toBe('[REDACTED], [REDACTED]');
    jest.advanceTimersByTime(5 * 3_600_000);
    expect(redactSecrets(text)).toBe('zq-first-secret, [REDACTED]');
    jest.advanceTimersByTime(20 * 3_600_000);
    expect(redactSecrets(text)).toBe(text);
  });

  it('are hidden in what the process prints until the last one uninstalls it', () => {
    const state = () =>
      [
        Object.getOwnPropertyDescriptor(process.stdout, 'write')?.value,
        process.listenerCount('uncaughtException'),
      ] as unknown[];
    const before = state();
    const [first, second] = [installRedaction(), installRedaction()];
    expect(state()[0]).not.toBe(before[0]);
    first.uninstall();
    first.uninstall();
    expect(state()[0]).not.toBe(before[0]);
    second[Symbol.dispose]();
    expect(state()).toEqual(before);
  });
});
