import { Writable } from 'node:stream';
import type { Redactor } from '../foundation/index.js';
import { guardOutput, type OutputGuard } from '../logging/index.js';
import { type Channel, LineChannel } from '../wire/index.js';

export interface ProcessWire {
  readonly channel: Channel;
  readonly guard: OutputGuard;
}

/** The wire over this process's standard input and output; whatever else prints goes to standard error from now on. */
export function openProcessWire(redactor: Redactor): ProcessWire {
  const guard = guardOutput({ redactor, stdout: 'stderr' });
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, _encoding, done) => void guard.writeWire(chunk, done),
  });
  return { channel: new LineChannel(process.stdin, output, { startsFreshLines: true }), guard };
}
