import { describe, expect, it } from '@jest/globals';
import { loadedEntry, loadTerms } from '../../../../src/cache/load/load-terms.js';

const value = Buffer.from('1');
const termsOf = (options: Parameters<typeof loadTerms>[0], ttlMs?: number) =>
  loadTerms(options, { ttlMs }, "cache 'c'");

describe('loadTerms', () => {
  it('loads for 30 s at most when nothing else is said', () => {
    expect(termsOf({})).toMatchObject({ timeoutMs: 30_000, staleForMs: 0, jitter: 0, negativeTtlMs: undefined });
  });

  it.each([
    [{ staleFor: '1m' }, undefined, 'staleFor needs a ttl'],
    [{ jitter: 0.1 }, undefined, 'jitter needs a ttl'],
    [{ jitter: -0.1 }, 1_000, 'jitter is -0.1'],
    [{ jitter: NaN }, 1_000, 'jitter is NaN'],
    [{ jitter: 1 }, 1_000, 'jitter is 1'],
    [{ staleFor: 'soon' as '1s' }, 1_000, 'staleFor "soon"'],
    [{ negativeTtl: 'soon' as '1s' }, 1_000, 'negativeTtl "soon"'],
  ] as const)('refuses %j with a ttl of %s', (options, ttlMs, message) => {
    expect(() => termsOf(options, ttlMs)).toThrow(message);
  });
});

describe('loadedEntry', () => {
  it('shortens the ttl by a share of up to jitter, never prolongs it, and leaves staleFor alone', () => {
    const terms = termsOf({ jitter: 0.1, staleFor: '1s' }, 10_000);
    const ttls = Array.from({ length: 200 }, () => loadedEntry(value, false, terms).terms.ttlMs!);
    expect(Math.min(...ttls)).toBeGreaterThanOrEqual(9_000);
    expect(Math.max(...ttls)).toBeLessThanOrEqual(10_000);
    expect(new Set(ttls).size).toBeGreaterThan(10);
    expect(loadedEntry(value, false, terms).staleForMs).toBe(1_000);
  });

  it('gives what was not found the negative ttl, or else the same one', () => {
    expect(loadedEntry(value, true, termsOf({ negativeTtl: '1s' }, 10_000)).terms.ttlMs).toBe(1_000);
    expect(loadedEntry(value, true, termsOf({ negativeTtl: '1s' })).terms.ttlMs).toBe(1_000);
    expect(loadedEntry(value, true, termsOf({}, 10_000)).terms.ttlMs).toBe(10_000);
    expect(loadedEntry(value, true, termsOf({})).terms.ttlMs).toBeUndefined();
  });

  it('keeps nothing stale of what has a ttl of 0', () => {
    const terms = termsOf({ negativeTtl: '0ms', staleFor: '1m' }, 10_000);
    expect(loadedEntry(value, true, terms)).toMatchObject({ terms: { ttlMs: 0 }, staleForMs: 0 });
  });
});
