import { PassThrough } from 'node:stream';
import { LineChannel, type LineChannelOptions } from './line-channel.js';

/** Two ends joined by bytes in memory: nothing but what a pipe could carry passes between them. `there` is read by the second. */
export function createMemoryChannels(
  options: LineChannelOptions = {},
  there = new PassThrough(),
): [LineChannel, LineChannel] {
  const back = new PassThrough();
  const ends = { kind: 'memory', ...options } as const;
  return [new LineChannel(back, there, ends), new LineChannel(there, back, ends)];
}
