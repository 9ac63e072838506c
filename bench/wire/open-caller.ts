import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { answerOf } from './answer-of.js';
import type { Measurement } from './measure-calls.js';
import type { PayloadName } from './payloads.js';

export interface MeasureRequest {
  readonly payload: PayloadName;
  readonly inFlight: number;
  readonly durationMs: number;
}

/** A contender with both of its processes running. */
export interface Caller {
  readonly name: string;
  measure(request: MeasureRequest): Promise<Measurement>;
  close(): void;
}

/** Each contender calls from a process of its own: a module has one kind of channel, and what V8 learns is of that. */
export async function openCaller(name: string, directory: string): Promise<Caller> {
  const program = fileURLToPath(new URL('caller.js', import.meta.url));
  const child = spawn(process.execPath, [program, name, directory], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await answerOf(child, 'ready');
  return {
    name,
    measure: (request) => {
      const measured = answerOf<Measurement>(child, 'measured');
      child.send(request);
      return measured;
    },
    close: () => child.disconnect(),
  };
}
