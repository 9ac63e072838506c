import type { RedisClient } from './redis-client.js';
import { invalidatedAtOnce } from './redis-entry-scripts.js';

/** What one step of an invalidation did. */
export interface InvalidationStep {
  /** How many entries it removed. */
  readonly removed: number;
  readonly isLast: boolean;
}

/**
 * Removes what was written with a tag before, a bounded part with each step, so that others are answered in between. What
 * is written meanwhile stays. What a step has removed is gone from the set of the tag, too: where the steps end before
 * the last one, the invalidation can be done again.
 */
export class RedisInvalidation {
  #lastLock = '';
  #lastEntry = '';

  /** `place`: of the set. */
  constructor(
    private readonly place: string,
    private readonly isCluster: boolean,
  ) {}

  async step(client: RedisClient): Promise<InvalidationStep> {
    const { members, entries } = await (this.isCluster ? this.#stepInCluster(client) : this.#stepAtOnce(client));
    return { removed: entries, isLast: this.#lastEntry !== '' && members < invalidatedAtOnce };
  }

  async #stepAtOnce(client: RedisClient) {
    const answer = await client.pywattInvalidate(this.place, this.#lastLock, this.#lastEntry);
    const [members, entries] = answer;
    [, , this.#lastLock, this.#lastEntry] = answer;
    return { members, entries };
  }

  /** Places leave the set after their entries, which are elsewhere. */
  async #stepInCluster(client: RedisClient) {
    const [found, lastLock, lastEntry] = await client.pywattTaggedBuffer(this.place, this.#lastLock, this.#lastEntry);
    const places = found.filter((_, index) => index % 2 === 0);
    const counts = await Promise.all(places.map((place) => client.unlink(place)));
    if (found.length > 0) await client.pywattUntag(this.place, ...found);
    [this.#lastLock, this.#lastEntry] = [String(lastLock), String(lastEntry)];
    const isOfLocks = this.#lastEntry === '';
    return { members: places.length, entries: isOfLocks ? 0 : counts.reduce((sum, count) => sum + count, 0) };
  }
}
