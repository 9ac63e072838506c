import { describe, expect, it } from '@jest/globals';
import { logLiveness } from '../../../src/wire/log-liveness.js';
import { type Logged, recordingLogger } from './session-ends.js';

describe('logLiveness', () => {
  it('warns of a slow peer, tells that it is no longer slow, and leaves death to others', () => {
    const logged: Logged[] = [];
    const logger = recordingLogger(logged);
    logLiveness(logger, 'the module', { kind: 'slow', why: 'late', roundTripMs: 1_200 });
    logLiveness(logger, 'the module', { kind: 'alive', roundTripMs: 2 });
    logLiveness(logger, 'the module', { kind: 'dead', missed: 3 });
    expect(logged).toEqual([
      { level: 'warn', message: 'the module is slow: it took 1200 ms to answer a heartbeat' },
      { level: 'info', message: 'the module is no longer slow' },
    ]);
  });
});
