import type { Socket } from 'node:net';
import type { Contender } from '../contender.js';
import { farEndSocket } from '../far-end-socket.js';

const headerBytes = 4;
const flushAfter = 16;
const copiedBytes = 16 * 1024;

/** The limit: a length and the bytes, written as our channels write, and nothing else done. */
export const rawSocket: Contender = {
  name: 'raw socket echo',
  serve() {
    const socket = farEndSocket();
    const send = coalescingWriter(socket);
    onMessages(socket, send);
  },
  connect({ socket }) {
    const waiting: ((answer: Buffer) => void)[] = [];
    let next = 0;
    const send = coalescingWriter(socket);
    onMessages(socket, (message) => {
      waiting[next]!(message);
      next += 1;
      if (next < 1_024) return;
      waiting.splice(0, next);
      next = 0;
    });
    return ({ bytes }) => {
      const answer = new Promise((resolve) => void waiting.push(resolve));
      send(bytes);
      return answer;
    };
  },
};

/** Writes after 16 messages or at the end of the tick. */
function coalescingWriter(socket: Socket): (message: Buffer) => void {
  let pending: Buffer[] = [];
  const flush = () => {
    if (pending.length === 0) return;
    const messages = pending;
    pending = [];
    const pieces = messages.flatMap((message) => {
      const header = Buffer.allocUnsafe(headerBytes);
      header.writeUInt32BE(message.length);
      return [header, message];
    });
    if (messages.every((message) => message.length <= copiedBytes)) return void socket.write(Buffer.concat(pieces));
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
  };
  return (message) => {
    const waiting = pending.push(message);
    if (waiting === 1) process.nextTick(flush);
    if (waiting >= flushAfter) flush();
  };
}

function onMessages(socket: Socket, onMessage: (message: Buffer) => void): void {
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = headerBytes;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < needed) return;
    const buffer = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    let start = 0;
    needed = headerBytes;
    while (buffer.length - start >= headerBytes) {
      needed = headerBytes + buffer.readUInt32BE(start);
      if (buffer.length - start < needed) break;
      onMessage(buffer.subarray(start + headerBytes, start + needed));
      start += needed;
      needed = headerBytes;
    }
    const rest = buffer.subarray(start);
    chunks = rest.length > 0 ? [rest] : [];
    held = rest.length;
  });
}
