import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { RelayedStream } from '../../../../src/database/relay/relayed-stream.js';
import type { Pipe, PipeReceiver } from '../../../../src/wire/index.js';

it('closes with the far end, even while what was written is not taken', async () => {
  const written: number[] = [];
  let far: PipeReceiver | undefined;
  const stream = new RelayedStream((receiver): Pipe => {
    far = receiver;
    const write = (bytes: Uint8Array): boolean => {
      written.push(bytes.byteLength);
      return false;
    };
    return { write, end: () => undefined, taken: () => undefined, abort: () => undefined };
  });
  const read: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => read.push(bytes));
  for (let index = 0; index < 3; index += 1) stream.write(Buffer.alloc(100));
  far!.data(Buffer.from('too large'));
  far!.ended();
  await once(stream, 'close');
  expect(Buffer.concat(read).toString()).toBe('too large');
  expect(written).toEqual([100]);
});
