import { describe, expect, it } from '@jest/globals';
import { SecretChanges, type SecretsHeard } from '../../../src/secrets/secret-changes.js';

const asking = (heard: SecretsHeard | undefined, waitMs = 60_000, grants = /./) => ({
  heard,
  waitMs,
  mayRead: (name: string) => grants.test(name),
  signal: new AbortController().signal,
});

describe('SecretChanges', () => {
  it('tells who never asked, or asked another process, to read everything, at once', async () => {
    const changes = new SecretChanges();
    const first = await changes.next(asking(undefined));
    expect(first).toEqual({ epoch: expect.any(String), revision: 0, names: undefined });
    const elsewhere = await new SecretChanges().next(asking(first));
    expect(elsewhere.names).toBeUndefined();
    expect(elsewhere.epoch).not.toBe(first.epoch);
  });

  it('tells the names that changed since, each once, as soon as there is one that may be read', async () => {
    const changes = new SecretChanges();
    const first = await changes.next(asking(undefined));
    const waiting = changes.next(asking(first, 60_000, /^MINE/));
    changes.note('OTHER');
    changes.note('MINE_A');
    expect(await waiting).toEqual({ ...first, revision: 2, names: ['MINE_A'] });
    changes.note('MINE_B');
    changes.note('MINE_A');
    expect((await changes.next(asking(first, 0, /^MINE/))).names).toEqual(['MINE_B', 'MINE_A']);
  });

  it('answers although nothing has changed when the wait is over, or is not wanted any more', async () => {
    const changes = new SecretChanges();
    const first = await changes.next(asking(undefined));
    expect(await changes.next(asking(first, 5))).toEqual({ ...first, names: [] });
    const stopped = new AbortController();
    const waiting = changes.next({ ...asking(first), signal: stopped.signal });
    stopped.abort();
    expect((await waiting).names).toEqual([]);
  });

  it('tells who missed more than it remembers to read everything', async () => {
    const changes = new SecretChanges();
    const first = await changes.next(asking(undefined));
    for (let count = 0; count < 1_000; count += 1) changes.note(`SECRET_${count}`);
    expect((await changes.next(asking(first))).names).toHaveLength(1_000);
    changes.note('ONE_MORE');
    expect((await changes.next(asking(first))).names).toBeUndefined();
    expect((await changes.next(asking({ ...first, revision: 1 }))).names).toHaveLength(1_000);
  });
});
