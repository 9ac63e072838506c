import { describe, expect, it } from '@jest/globals';
import { describeLiveness, type Liveness, type LivenessEvent, nextLiveness } from '../../../src/wire/liveness.js';

const limits = { missed: 3, slowMs: 1_000 };
const after = (...events: LivenessEvent[]) =>
  events.reduce<Liveness>((liveness, event) => nextLiveness(liveness, event, limits), { kind: 'alive' });
const answered = (roundTripMs: number, lagMs?: number): LivenessEvent => ({
  kind: 'answered',
  roundTripMs,
  ...(lagMs !== undefined && { lagMs }),
});
const unanswered: LivenessEvent = { kind: 'unanswered' };
const heldUp: LivenessEvent = { kind: 'held_up' };

describe('nextLiveness', () => {
  it('calls a peer that answers in time alive, with its numbers', () => {
    expect(after(answered(1_000, 1_000))).toEqual({ kind: 'alive', roundTripMs: 1_000, lagMs: 1_000 });
    expect(after(answered(3))).toEqual({ kind: 'alive', roundTripMs: 3 });
  });

  it('calls a peer slow whose answers come late, or whose event loop lags, until they no longer do', () => {
    expect(after(answered(1_001, 5))).toEqual({ kind: 'slow', why: 'late', roundTripMs: 1_001, lagMs: 5 });
    expect(after(answered(5, 1_001))).toEqual({ kind: 'slow', why: 'lag', roundTripMs: 5, lagMs: 1_001 });
    expect(after(answered(5, 1_001), answered(5, 0))).toMatchObject({ kind: 'alive' });
  });

  it('calls a peer slow from the first heartbeat it misses, and dead from the last it may', () => {
    expect(after(unanswered)).toEqual({ kind: 'slow', why: 'missed', missed: 1 });
    expect(after(unanswered, unanswered)).toEqual({ kind: 'slow', why: 'missed', missed: 2 });
    expect(after(unanswered, unanswered, unanswered)).toEqual({ kind: 'dead', missed: 3 });
  });

  it('counts only what is missed in a row', () => {
    expect(after(unanswered, unanswered, answered(7_000), unanswered, unanswered)).toMatchObject({ missed: 2 });
    expect(after(answered(5, 2_000), unanswered)).toEqual({ kind: 'slow', why: 'missed', missed: 1 });
  });

  it('learns nothing of the peer while its own loop is held up', () => {
    expect(after(heldUp, heldUp, heldUp, heldUp)).toEqual({ kind: 'alive' });
    expect(after(unanswered, heldUp, heldUp, unanswered)).toEqual({ kind: 'slow', why: 'missed', missed: 2 });
  });

  it('never calls the dead alive again', () => {
    const dead = [unanswered, unanswered, unanswered];
    expect(after(...dead, answered(1), heldUp, unanswered)).toEqual({ kind: 'dead', missed: 3 });
  });

  it('makes a peer dead at once that may miss none', () => {
    expect(nextLiveness({ kind: 'alive' }, unanswered, { missed: 1, slowMs: 1 })).toEqual({ kind: 'dead', missed: 1 });
  });
});

describe('describeLiveness', () => {
  it.each<[string, Liveness]>([
    ['answers in time', after(answered(1))],
    ['took 1501 ms to answer a heartbeat', after(answered(1_500.6))],
    ['had its event loop held up for 1800 ms', after(answered(3, 1_800))],
    ['left a heartbeat unanswered', after(unanswered)],
    ['left 3 heartbeats unanswered', after(unanswered, unanswered, unanswered)],
  ])('says: %s', (text, liveness) => {
    expect(describeLiveness(liveness)).toBe(text);
  });
});
