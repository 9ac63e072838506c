import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Heartbeats } from '../../../src/wire/heartbeats.js';
import type { Liveness } from '../../../src/wire/liveness.js';

const settings = { intervalMs: 1_000, missed: 3, slowMs: 300 };

/** How the peer answers: after how long, or never. */
let answerAfterMs: number | undefined;
let lagMs: number;
let sent: number[];
let changes: string[];
let heartbeats: Heartbeats;
/** How far the clock is ahead of the timers. */
let aheadMs: number;

beforeEach(() => {
  jest.useFakeTimers();
  aheadMs = 0;
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
  answerAfterMs = 5;
  lagMs = 0;
  sent = [];
  changes = [];
  heartbeats = new Heartbeats({
    send: ({ seq }) => {
      sent.push(seq!);
      if (answerAfterMs === undefined) return;
      setTimeout(() => heartbeats.acknowledged({ op: 'heartbeat_ack', seq: seq!, lag_ms: lagMs }), answerAfterMs);
    },
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  heartbeats.stop();
  jest.useRealTimers();
});

function watch(mustAnswer = true): void {
  const onChange = (to: Liveness, from: Liveness) => void changes.push(`${from.kind} ${to.kind}`);
  heartbeats.watch({ settings, mustAnswer, onChange });
}

/** Time in which nothing of this process runs, as when it is stopped or blocks its own loop: every timer is late. */
function holdUp(ms: number): void {
  aheadMs += ms;
}

describe('Heartbeats', () => {
  it('sends the first at once and then one each interval, numbered', () => {
    watch();
    jest.advanceTimersByTime(5_001);
    expect(sent).toEqual([1, 2, 3, 4, 5, 6]);
    expect(heartbeats.liveness).toEqual({ kind: 'alive', roundTripMs: 5, lagMs: 0 });
    expect(changes).toEqual([]);
  });

  it('tells once that a peer is slow, once that it is no longer, and not how slow it becomes', () => {
    watch();
    jest.advanceTimersByTime(1_500);
    lagMs = 400;
    jest.advanceTimersByTime(3_000);
    expect(heartbeats.liveness).toMatchObject({ kind: 'slow', why: 'lag', lagMs: 400 });
    lagMs = 0;
    jest.advanceTimersByTime(2_000);
    expect(changes).toEqual(['alive slow', 'slow alive']);
  });

  it('takes answers that come an interval late for slow ones, never for death', () => {
    answerAfterMs = 2_500;
    watch();
    jest.advanceTimersByTime(60_000);
    expect(changes).toEqual(['alive slow']);
    expect(heartbeats.liveness).toMatchObject({ kind: 'slow', why: 'late', roundTripMs: 2_500 });
  });

  it('takes a peer for dead that leaves the last heartbeat unanswered, tells it once, and sends no more', () => {
    watch();
    jest.advanceTimersByTime(1_900);
    answerAfterMs = undefined;
    jest.advanceTimersByTime(2_900);
    expect(heartbeats.liveness).toEqual({ kind: 'slow', why: 'missed', missed: 2 });
    jest.advanceTimersByTime(60_000);
    expect(changes).toEqual(['alive slow', 'slow dead']);
    expect(heartbeats.liveness).toEqual({ kind: 'dead', missed: 3 });
    expect(sent).toEqual([1, 2, 3, 4, 5]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('never takes a peer for dead that never answered, unless it must', () => {
    answerAfterMs = undefined;
    watch(false);
    jest.advanceTimersByTime(60_000);
    expect([changes, heartbeats.liveness]).toEqual([[], undefined]);
    heartbeats.acknowledged({ op: 'heartbeat_ack' });
    jest.advanceTimersByTime(60_000);
    expect(changes).toEqual(['alive slow', 'slow dead']);
  });

  it('does not take its own hold-up for the silence of the peer, however long it was', () => {
    watch();
    jest.advanceTimersByTime(1_500);
    answerAfterMs = undefined;
    jest.advanceTimersByTime(1_000);
    for (let round = 0; round < 5; round += 1) {
      holdUp(3_600_000);
      if (round === 4) answerAfterMs = 5;
      jest.advanceTimersByTime(1_000);
      expect(heartbeats.liveness).toMatchObject({ kind: 'alive' });
    }
    jest.advanceTimersByTime(2_000);
    expect([changes, heartbeats.liveness?.kind]).toEqual([[], 'alive']);
  });

  it('finds out that a peer is dead also while its own loop is held up in every round', () => {
    watch();
    jest.advanceTimersByTime(1_500);
    answerAfterMs = undefined;
    const roundsUntilDead = () => {
      for (let round = 1; round <= 100; round += 1) {
        holdUp(600);
        jest.advanceTimersByTime(1_000);
        if (heartbeats.liveness?.kind === 'dead') return round;
      }
      return undefined;
    };
    expect(roundsUntilDead()).toBe(10);
    expect(changes).toEqual(['alive slow', 'slow dead']);
  });

  it('begins to excuse its hold-ups anew with each answer', () => {
    watch();
    jest.advanceTimersByTime(1_500);
    for (let round = 0; round < 30; round += 1) {
      answerAfterMs = round % 6 === 5 ? 5 : undefined;
      holdUp(600);
      jest.advanceTimersByTime(1_000);
    }
    expect(changes).toEqual([]);
  });

  it('does not take its own hold-up for the slowness of the peer', () => {
    answerAfterMs = 400;
    watch();
    jest.advanceTimersByTime(300);
    holdUp(700);
    jest.advanceTimersByTime(900);
    expect(heartbeats.liveness).toMatchObject({ kind: 'slow', why: 'late' });
    expect(Math.round((heartbeats.liveness as { roundTripMs: number }).roundTripMs)).toBeLessThanOrEqual(420);
  });

  it('counts a heartbeat that cannot be sent as unanswered', () => {
    heartbeats = new Heartbeats({
      send: () => {
        throw new Error('the queue is full');
      },
    });
    watch();
    jest.advanceTimersByTime(10_000);
    expect(changes).toEqual(['alive slow', 'slow dead']);
  });

  it('takes what answers none of its heartbeats for nothing', () => {
    answerAfterMs = undefined;
    watch();
    for (const seq of [0, 2, 99]) heartbeats.acknowledged({ op: 'heartbeat_ack', seq });
    expect(heartbeats.hasAnswered).toBe(false);
    heartbeats.acknowledged({ op: 'heartbeat_ack', seq: 1 });
    heartbeats.acknowledged({ op: 'heartbeat_ack', seq: 1 });
    jest.advanceTimersByTime(60_000);
    expect(heartbeats.liveness).toEqual({ kind: 'dead', missed: 3 });
  });

  it('is quiet, and keeps no timer, after it was stopped', () => {
    watch();
    jest.advanceTimersByTime(100);
    heartbeats.stop();
    jest.advanceTimersByTime(60_000);
    expect(sent).toEqual([1]);
    expect(changes).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
