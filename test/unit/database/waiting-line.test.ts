import { describe, expect, it, jest } from '@jest/globals';
import { DatabaseError } from '../../../src/database/index.js';
import { WaitingLine, type WaitingLineOptions } from '../../../src/database/waiting-line.js';
import { StatementLimit } from '../../../src/database/statement-limit.js';
import { assertFails } from '../../contract/database/database-case.js';

const patient = new StatementLimit(60_000);
const line = (options: Partial<WaitingLineOptions> = {}) =>
  new WaitingLine({
    places: 1,
    maxWaiting: 10,
    maxWaitMs: 60_000,
    tooLong: (waitedMs) => new DatabaseError('POOL', `waited ${waitedMs} ms`),
    ...options,
  });

describe('a waiting line', () => {
  it('admits as many as it has places, the others in the order they came', async () => {
    const places = line({ places: 2 });
    const order: string[] = [];
    const enter = async (name: string) => {
      const leave = await places.enter(patient);
      order.push(name);
      return leave;
    };
    const [leaveA] = await Promise.all([enter('a'), enter('b')]);
    const waiting = [enter('c'), enter('d')];
    expect(order).toEqual(['a', 'b']);
    leaveA();
    leaveA();
    const leaveC = await waiting[0]!;
    expect(order).toEqual(['a', 'b', 'c']);
    leaveC();
    await waiting[1];
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses who waited too long, who is one too many, and whose own limit is reached', async () => {
    const short = line({ maxWaitMs: 1 });
    await short.enter(patient);
    expect((await assertFails(short.enter(patient), 'POOL')).message).toBe('waited 1 ms');
    await assertFails(short.enter(new StatementLimit(0)), 'TIMEOUT');

    const full = line({ maxWaiting: 1 });
    const leave = await full.enter(patient);
    const abort = new AbortController();
    const aborted = assertFails(full.enter(new StatementLimit(60_000, abort.signal)), 'ABORTED');
    await assertFails(full.enter(patient), 'POOL');
    abort.abort();
    await aborted;
    await assertFails(full.enter(new StatementLimit(60_000, abort.signal)), 'ABORTED');
    // Who gave up holds no place: the next in line is admitted.
    const next = full.enter(patient);
    leave();
    (await next)();
  });

  it('serves owners in turn, each within its own places and its own length', async () => {
    const places = line({
      places: 2,
      tooMany: (waiting, { owner }) => new DatabaseError('POOL', `${waiting} of ${owner}`),
    });
    const order: string[] = [];
    const enter = async (owner: string, name: string, own: object = {}) => {
      const leave = await places.enter(patient, { owner, ...own });
      order.push(name);
      return leave;
    };
    const one = { places: 1, maxWaiting: 2 };
    const leaveA = await enter('a', 'a1', one);
    const waiting = [enter('a', 'a2', one), enter('a', 'a3', one)];
    expect((await assertFails(enter('a', 'a4', one), 'POOL')).message).toBe('2 of a');
    // A place is free, but not for that owner.
    const leaveB = await enter('b', 'b1');
    waiting.push(enter('b', 'b2'), enter('c', 'c1'));
    expect([places.inside, places.insideOf('a'), places.insideOf('c'), places.insideOf('d')]).toEqual([2, 1, 0, 0]);
    leaveB();
    const leaveB2 = await waiting[2]!;
    leaveB2();
    const leaveC = await waiting[3]!;
    leaveA();
    const leaveA2 = await waiting[0]!;
    leaveC();
    leaveA2();
    (await waiting[1]!)();
    expect(order).toEqual(['a1', 'b1', 'b2', 'c1', 'a2', 'a3']);
    expect(places.inside).toBe(0);
  });

  it('lets in who has no limit of its own before those of the same owner who have', async () => {
    const places = line({ places: 2 });
    const order: string[] = [];
    const enter = async (name: string, most?: number) => {
      const leave = await places.enter(patient, { owner: 'a', ...(most && { places: most }) });
      order.push(name);
      return leave;
    };
    const leaveFirst = await enter('first', 1);
    const limited = enter('limited', 1);
    const leaveFree = await enter('free');
    const free = enter('free again');
    leaveFirst();
    (await free)();
    expect(order).toEqual(['first', 'free', 'free again']);
    leaveFree();
    (await limited)();
    expect(order.at(-1)).toBe('limited');
  });

  it('refuses nobody while it moves, where its standstill is what counts', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    try {
      const places = line({ maxWaitMs: 100, countsStandstill: true });
      const leave = await places.enter(patient);
      const next = places.enter(patient);
      const last = assertFails(places.enter(patient), 'POOL');
      let isRefused = false;
      void last.then(() => (isRefused = true));
      await jest.advanceTimersByTimeAsync(60);
      leave();
      await next;
      await jest.advanceTimersByTimeAsync(90);
      expect(isRefused).toBe(false);
      await jest.advanceTimersByTimeAsync(10);
      expect((await last).message).toBe('waited 100 ms');
    } finally {
      jest.useRealTimers();
    }
  });

  it('gives a place that comes free to the next, not to who gave up in the same moment', async () => {
    const places = line();
    const leave = await places.enter(patient);
    const abort = new AbortController();
    const aborted = assertFails(places.enter(new StatementLimit(60_000, abort.signal)), 'ABORTED');
    const next = places.enter(patient);
    abort.abort();
    leave();
    (await next)();
    await aborted;
  });

  it('closes: who waits and who comes is refused, and it is empty when the last has left', async () => {
    const places = line();
    const leave = await places.enter(patient);
    const waiting = assertFails(places.enter(patient), 'CLOSED');
    places.close(new DatabaseError('CLOSED', 'closed'));
    await waiting;
    await assertFails(places.enter(patient), 'CLOSED');
    let isEmpty = false;
    const emptied = places.emptied().then(() => (isEmpty = true));
    await Promise.resolve();
    expect(isEmpty).toBe(false);
    leave();
    await emptied;
  });
});
