import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { StreamMessage } from '../../../../src/wire/stream-messages.js';
import { joinTables, readAll, settle, streamOf } from './joined-tables.js';

const limits = { streamWindowBytes: 1_000, streamChunkBytes: 100 };
const dataOf = (messages: readonly StreamMessage[]) =>
  messages.flatMap((message) => (message.op === 'stream_data' ? [message] : []));

describe('a peer that breaks the rules of streams', () => {
  it('by a changed byte is noticed by the checksum', async () => {
    const { left, right } = joinTables(limits, (message) => {
      if (message.op !== 'stream_data') return message;
      const data = Uint8Array.from(message.data);
      data[0] = data[0]! ^ 1;
      return { ...message, data };
    });
    const written = left.table.write('a', streamOf(randomBytes(10)));
    await expect(readAll(right.table.read('a'))).rejects.toMatchObject({
      code: 'STREAM_CORRUPT',
      message: expect.stringContaining('the checksum is another'),
    });
    await written;
  });

  it('by a lost chunk, or a count that lies, is noticed', async () => {
    const { left, right } = joinTables(limits, (message) =>
      message.op === 'stream_end' ? { ...message, bytes: message.bytes + 1 } : message,
    );
    const written = left.table.write('a', streamOf(randomBytes(10)));
    await expect(readAll(right.table.read('a'))).rejects.toMatchObject({
      code: 'STREAM_CORRUPT',
      details: { sentBytes: 11, receivedBytes: 10 },
    });
    await written;
  });

  it('by sending more than it was granted is cut off, and nothing of it is kept', async () => {
    const { right } = joinTables(limits);
    const readable = right.table.read('a');
    right.table.accept({ op: 'stream_data', stream_id: 'a', data: randomBytes(1_000) });
    expect(right.table.queuedBytes).toBe(1_000);
    right.table.accept({ op: 'stream_data', stream_id: 'a', data: randomBytes(1) });
    expect(right.table.queuedBytes).toBe(0);
    await expect(readAll(readable)).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });
    expect(right.sent.at(-1)).toMatchObject({ op: 'stream_abort', error_code: 'MESSAGE_INVALID' });
  });

  it('by naming streams that nobody knows changes nothing', () => {
    const { right } = joinTables(limits);
    right.table.accept({ op: 'stream_data', stream_id: 'x', data: randomBytes(9) });
    right.table.accept({ op: 'stream_credit', stream_id: 'x', bytes: 9 });
    right.table.accept({ op: 'stream_end', stream_id: 'x', bytes: 9, checksum: 0 });
    right.table.accept({ op: 'stream_abort', stream_id: 'x', error: 'no' });
    expect([right.sent, right.table.queuedBytes]).toEqual([[], 0]);
  });

  it('by naming one twice does not disturb the first', async () => {
    const { left, right } = joinTables(limits);
    const written = left.table.write('a', streamOf(randomBytes(10)));
    const readable = right.table.read('a');
    expect(() => right.table.read('a')).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
    await expect(left.table.write('a', streamOf())).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });
    expect(await readAll(readable)).toHaveLength(10);
    await written;
  });

  it('by granting twice at once gets every byte once, and by granting nothing gets nothing', async () => {
    const { left } = joinTables(limits, () => undefined);
    const written = left.table.write('a', streamOf(randomBytes(150)));
    await settle();
    left.table.accept({ op: 'stream_credit', stream_id: 'a', bytes: 0 });
    left.table.accept({ op: 'stream_credit', stream_id: 'a', bytes: 60 });
    left.table.accept({ op: 'stream_credit', stream_id: 'a', bytes: 90 });
    await written;
    expect(dataOf(left.sent).map(({ data }) => data.byteLength)).toEqual([60, 90]);
  });
});
