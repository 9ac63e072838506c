import { subscribe } from 'node:diagnostics_channel';
import { Writable } from 'node:stream';

import { guardOutput, type OutputGuard, type SecretFinder } from '../logging/index.js';
import { type Channel, LineChannel, openInheritedSocket } from '../wire/index.js';

export interface ProcessWire {
  readonly channel: Channel;
  readonly guard: OutputGuard;
}

/**
 * The wire to the orchestrator: the socket it handed this process, which leaves standard output to whoever prints; or
 * else standard input and output, and whatever else prints goes to standard error from now on.
 */
export function openProcessWire(redactor: SecretFinder): ProcessWire {
  const inherited = openInheritedSocket(process.env, process.ppid);
  if (inherited) {
    // What an orchestrator writes there is for programs that have no socket.
    process.stdin.on('error', () => undefined).resume();
    return { channel: inherited, guard: guardOutput({ redactor, stdout: 'stdout' }) };
  }
  const guard = guardOutput({ redactor, stdout: 'stderr' });
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, _encoding, done) => void guard.writeWire(chunk, done),
  });
  const channel = new LineChannel(process.stdin, output);
  // These reach standard output past the guard, and may leave a line there without its end.
  for (const writers of ['child_process', 'worker_threads']) subscribe(writers, () => channel.startFreshLines());
  return { channel, guard };
}
