import { describe, expect, it } from '@jest/globals';
import { SingleFlight } from '../../../src/cache/single-flight.js';
import { Deferred } from '../../../src/foundation/index.js';

describe('SingleFlight', () => {
  it('runs the work once for all who ask while it runs, and anew afterwards', async () => {
    const flights = new SingleFlight<number>();
    let runs = 0;
    const work = async () => ++runs;
    expect(await Promise.all([flights.run('a', work), flights.run('a', work), flights.run('b', work)])).toEqual([
      1, 1, 2,
    ]);
    expect(await flights.run('a', work)).toBe(3);
  });

  it('lets everyone who waits fail, and the next caller try again', async () => {
    const flights = new SingleFlight<number>();
    const failing = () => Promise.reject(new Error('no'));
    const outcomes = await Promise.allSettled([flights.run('a', failing), flights.run('a', failing)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flights.run('a', async () => 1)).toBe(1);
  });

  it('tells the work that it no longer speaks for a key that was forgotten, even when another took its place', async () => {
    const flights = new SingleFlight<boolean>();
    const [first, second] = [new Deferred<void>(), new Deferred<void>()];
    const old = flights.run('a', async (isCurrent) => {
      await first.promise;
      return isCurrent();
    });
    flights.forget('a');
    const young = flights.run('a', async (isCurrent) => {
      await second.promise;
      return isCurrent();
    });
    first.resolve();
    expect(await old).toBe(false);
    second.resolve();
    expect(await young).toBe(true);
  });

  it('forgets every key at once', async () => {
    const flights = new SingleFlight<boolean>();
    const gate = new Deferred<void>();
    const work = async (isCurrent: () => boolean) => {
      await gate.promise;
      return isCurrent();
    };
    const running = [flights.run('a', work), flights.run('b', work)];
    flights.forgetAll('');
    gate.resolve();
    expect(await Promise.all(running)).toEqual([false, false]);
  });
});
