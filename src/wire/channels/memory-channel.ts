import { Transform, type TransformCallback } from 'node:stream';
import { LineChannel, type LineChannelOptions } from './line-channel.js';

/** Bytes in memory that come as they do through a pipe: never while they are being written. */
export class MemoryPipe extends Transform {
  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    process.nextTick(done, null, bytes);
  }
}

/** Two ends joined by bytes in memory: nothing but what a pipe could carry passes between them. `there` is read by the second. */
export function createMemoryChannels(
  options: LineChannelOptions = {},
  there = new MemoryPipe(),
): [LineChannel, LineChannel] {
  const back = new MemoryPipe();
  const ends = { kind: 'memory', ...options } as const;
  return [new LineChannel(back, there, ends), new LineChannel(there, back, ends)];
}
