import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { monitorHeartbeats } from '../../../../src/orchestrator/supervisor/heartbeat-monitor.js';

class FakePeer {
  beats = 0;
  lastAckAt: number | undefined;
  answers = true;

  heartbeat(): void {
    this.beats += 1;
    if (this.answers) this.lastAckAt = Date.now();
  }
}

let peer: FakePeer;
let onSilence: jest.Mock;
beforeEach(() => {
  jest.useFakeTimers();
  peer = new FakePeer();
  onSilence = jest.fn();
});
afterEach(() => {
  jest.useRealTimers();
});

const monitor = () => monitorHeartbeats(peer, { intervalMs: 1000, missed: 3, onSilence });

describe('monitorHeartbeats', () => {
  it('sends the first heartbeat at once and then one each interval', () => {
    const stop = monitor();
    jest.advanceTimersByTime(5000);
    expect(peer.beats).toBe(6);
    expect(onSilence).not.toHaveBeenCalled();
    stop();
  });

  it('never takes a module for dead that never acknowledged one', () => {
    peer.answers = false;
    const stop = monitor();
    jest.advanceTimersByTime(60_000);
    expect(onSilence).not.toHaveBeenCalled();
    stop();
  });

  it('reports once when three in a row stay unanswered, and sends no more', () => {
    monitor();
    jest.advanceTimersByTime(2000);
    peer.answers = false;
    jest.advanceTimersByTime(3000);
    expect(onSilence).not.toHaveBeenCalled();
    jest.advanceTimersByTime(60_000);
    expect(onSilence).toHaveBeenCalledTimes(1);
    expect(peer.beats).toBe(6);
  });

  it('forgives two that stay unanswered', () => {
    const stop = monitor();
    peer.answers = false;
    jest.advanceTimersByTime(2000);
    peer.answers = true;
    jest.advanceTimersByTime(2000);
    peer.answers = false;
    jest.advanceTimersByTime(2000);
    expect(onSilence).not.toHaveBeenCalled();
    stop();
  });

  it('counts a heartbeat that cannot be sent as unanswered', () => {
    monitor();
    peer.heartbeat = () => {
      throw new Error('the queue is full');
    };
    jest.advanceTimersByTime(10_000);
    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  it('is quiet after it was stopped', () => {
    monitor()();
    jest.advanceTimersByTime(60_000);
    expect(peer.beats).toBe(1);
  });
});
