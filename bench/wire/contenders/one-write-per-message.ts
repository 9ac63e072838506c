import type { Readable, Writable } from 'node:stream';
import { type Channel, LineChannel } from '../../../src/wire/index.js';
import type { Contender } from '../contender.js';
import { callSessionEcho, serveSessionEcho } from '../session-echo.js';

/** What coalescing is worth: the same session on the same lines, each written by itself. */
export const oneWritePerMessage: Contender = {
  name: 'JSON lines, one write each',
  serve: () => serveSessionEcho(channelOn(process.stdin, process.stdout)),
  connect: ({ child }) => callSessionEcho(channelOn(child.stdout!, child.stdin!)),
};

function channelOn(readable: Readable, writable: Writable): Channel {
  const lines = new LineChannel(readable, writable);
  return {
    kind: lines.kind,
    carriesBytes: lines.carriesBytes,
    isOwn: lines.isOwn,
    get queuedBytes() {
      return writable.writableLength;
    },
    send: (text) => void writable.write(`${text}\n`),
    onDrain: (listener) => lines.onDrain(listener),
    start: (reader) => lines.start(reader),
    close: () => lines.close(),
  };
}
