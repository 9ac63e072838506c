import type { Payload } from './contender.js';
import type { OpenContender } from './open-contender.js';

export interface Measurement {
  readonly callsPerSecond: number;
  /** Processor time of both ends together, in microseconds a call. */
  readonly cpuPerCall: number;
}

/** Keeps `inFlight` calls going for that long, and waits for the last ones. */
export async function measureCalls(
  { echo, farEndCpu }: OpenContender,
  payload: Payload,
  inFlight: number,
  durationMs: number,
): Promise<Measurement> {
  const farBefore = await farEndCpu();
  const before = process.cpuUsage();
  const from = performance.now();
  const until = from + durationMs;
  let calls = 0;
  const keepCalling = async () => {
    do {
      await echo(payload);
      calls += 1;
    } while (performance.now() < until);
  };
  await Promise.all(Array.from({ length: inFlight }, keepCalling));
  const seconds = (performance.now() - from) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const farCpu = (await farEndCpu()) - farBefore;
  return { callsPerSecond: calls / seconds, cpuPerCall: (user + system + farCpu) / calls };
}
