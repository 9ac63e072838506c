import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { WireError } from '../../../../src/foundation/index.js';
import { StreamTable } from '../../../../src/wire/index.js';
import type { StreamMessage } from '../../../../src/wire/stream-messages.js';
import { joinTables, readAll, settle, streamOf, TestQueue } from './joined-tables.js';

const limits = { streamWindowBytes: 1_000, streamChunkBytes: 100 };
const dataOf = (messages: readonly StreamMessage[]) =>
  messages.flatMap((message) => (message.op === 'stream_data' ? [message] : []));
const opsOf = (messages: readonly StreamMessage[]) => messages.map(({ op }) => op);

describe('streams between two tables', () => {
  it('arrive whole and in order, in chunks, in both directions at once', async () => {
    const { left, right } = joinTables(limits);
    const [there, back] = [randomBytes(12_345), randomBytes(6_789)];
    const [writtenThere, writtenBack] = [
      left.table.write('a', streamOf(there)),
      right.table.write('a', streamOf(back)),
    ];
    const [gotThere, gotBack] = await Promise.all([readAll(right.table.read('a')), readAll(left.table.read('a'))]);
    await Promise.all([writtenThere, writtenBack]);
    expect(gotThere.equals(there)).toBe(true);
    expect(gotBack.equals(back)).toBe(true);
    expect(Math.max(...dataOf(left.sent).map(({ data }) => data.byteLength))).toBe(100);
  });

  it('may be empty', async () => {
    const { left, right } = joinTables(limits);
    const written = left.table.write('a', streamOf());
    expect(await readAll(right.table.read('a'))).toHaveLength(0);
    await written;
  });

  it('hand on each piece as it is produced, without waiting for more', async () => {
    const { left, right } = joinTables(limits);
    let source!: ReadableStreamDefaultController<Uint8Array>;
    const written = left.table.write('a', new ReadableStream({ start: (controller) => void (source = controller) }));
    const reader = right.table.read('a').getReader();
    for (const text of ['one', 'two']) {
      source.enqueue(Buffer.from(text));
      expect(Buffer.from((await reader.read()).value!).toString()).toBe(text);
    }
    source.close();
    expect((await reader.read()).done).toBe(true);
    await written;
  });

  it('send nothing before the reader granted it', async () => {
    const { left, right } = joinTables(limits);
    const written = left.table.write('a', streamOf(randomBytes(10)));
    await settle();
    expect(left.sent).toEqual([]);
    expect(await readAll(right.table.read('a'))).toHaveLength(10);
    await written;
    expect(right.sent[0]).toEqual({ op: 'stream_credit', stream_id: 'a', bytes: 1_000 });
  });

  it('hold exactly the window while the reader stalls, and go on when it reads', async () => {
    const { left, right } = joinTables(limits);
    const bytes = randomBytes(5_000);
    let pulled = 0;
    const pieces = Array.from({ length: 50 }, (_, index) => bytes.subarray(index * 100, (index + 1) * 100));
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pieces[pulled];
          if (!piece) return controller.close();
          pulled += 1;
          controller.enqueue(piece);
        },
      },
      { highWaterMark: 0 },
    );
    const written = left.table.write('a', source);
    const readable = right.table.read('a');
    await settle();
    expect(right.table.queuedBytes).toBe(1_000);
    // What was sent, and the one piece that waits.
    expect(pulled).toBe(11);
    expect((await readAll(readable)).equals(bytes)).toBe(true);
    await written;
    expect(right.table.queuedBytes).toBe(0);
  });

  it('let a small one finish while a large one is stalled', async () => {
    const { left, right } = joinTables(limits);
    const large = left.table.write('large', streamOf(randomBytes(100_000)));
    const stalled = right.table.read('large');
    await settle();
    const small = left.table.write('small', streamOf(randomBytes(3_000)));
    expect(await readAll(right.table.read('small'))).toHaveLength(3_000);
    await small;
    expect(right.table.queuedBytes).toBe(1_000);
    await stalled.cancel();
    await expect(large).rejects.toMatchObject({ code: 'STREAM_ABORTED' });
  });

  it('take turns on a channel that has room for little', async () => {
    const { left, right } = joinTables({ ...limits, bulkQueueBytes: 0 });
    left.queue.queuedBytes = 1;
    const written = ['a', 'b', 'c'].map((id) => left.table.write(id, streamOf(randomBytes(300))));
    const read = ['a', 'b', 'c'].map((id) => readAll(right.table.read(id)));
    await settle();
    expect(dataOf(left.sent)).toEqual([]);
    left.queue.drainTo(0);
    await Promise.all([...written, ...read]);
    expect(
      dataOf(left.sent)
        .map(({ stream_id }) => stream_id)
        .join(''),
    ).toBe('abcabcabc');
  });

  it('stop sending when more than the mark waits on the channel, and go on when it drained', async () => {
    const { left, right } = joinTables({ ...limits, bulkQueueBytes: 150 }, (message) => {
      if (message.op === 'stream_data') left.queue.queuedBytes += message.data.byteLength;
      return message;
    });
    const written = left.table.write('a', streamOf(randomBytes(500)));
    const read = readAll(right.table.read('a'));
    await settle();
    expect(left.queue.queuedBytes).toBe(200);
    left.queue.drainTo(150);
    await settle();
    expect(left.queue.queuedBytes).toBe(250);
    left.queue.drainTo(0);
    await settle();
    left.queue.drainTo(0);
    expect(await read).toHaveLength(500);
    await written;
  });
});

describe('a stream that fails', () => {
  it('at its source tells the reader why', async () => {
    const { left, right } = joinTables(limits);
    const source = new ReadableStream<Uint8Array>({
      pull: () => Promise.reject(new WireError('CALL_TIMEOUT', 'the disk is slow')),
    });
    const written = left.table.write('a', source);
    const heard: Error[] = [];
    const readable = right.table.read('a', (error) => void heard.push(error));
    await expect(written).rejects.toThrow('the disk is slow');
    await expect(readAll(readable)).rejects.toMatchObject({ code: 'CALL_TIMEOUT', message: 'the disk is slow' });
    expect(heard).toHaveLength(1);
  });

  it('redacts what it tells the reader', async () => {
    const sent: StreamMessage[] = [];
    const table = new StreamTable({
      send: (message) => void sent.push(message),
      queue: new TestQueue(),
      redact: (text) => text.replaceAll('hunter2', '***'),
    });
    const source = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error('login hunter2 failed')) });
    await expect(table.write('a', source)).rejects.toThrow('hunter2');
    expect(sent).toEqual([
      { op: 'stream_abort', stream_id: 'a', error: 'login *** failed', error_code: 'STREAM_ABORTED' },
    ]);
  });

  it('because its reader cancels stops the source at once, also while it waits for it', async () => {
    const { left, right } = joinTables(limits);
    let cancelled: unknown;
    const source = new ReadableStream<Uint8Array>({ cancel: (reason) => void (cancelled = reason) });
    const written = left.table.write('a', source);
    const readable = right.table.read('a');
    await settle();
    await readable.cancel();
    await expect(written).rejects.toMatchObject({ code: 'STREAM_ABORTED' });
    expect(cancelled).toMatchObject({ code: 'STREAM_ABORTED' });
  });

  it('by the writer’s signal reaches both ends', async () => {
    const { left, right } = joinTables(limits);
    const leaving = new AbortController();
    const written = left.table.write('a', streamOf(randomBytes(5_000)), leaving.signal);
    const readable = right.table.read('a');
    await settle();
    leaving.abort(new Error('the client left'));
    await expect(written).rejects.toThrow('the client left');
    await settle();
    await expect(readAll(readable)).rejects.toThrow('the client left');
    expect(right.table.queuedBytes).toBe(0);
  });

  it('is never begun when the signal was there first', async () => {
    const { left } = joinTables(limits);
    await expect(left.table.write('a', streamOf(), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(left.sent).toEqual([]);
  });

  it('with the channel fails at both ends, and so does every later one', async () => {
    const { left, right } = joinTables(limits);
    const written = left.table.write('a', streamOf(randomBytes(5_000)));
    const readable = right.table.read('a');
    await settle();
    const gone = new WireError('CHANNEL_CLOSED', 'the peer is gone');
    left.table.failAll(gone);
    right.table.failAll(gone);
    await expect(written).rejects.toBe(gone);
    await expect(readAll(readable)).rejects.toBe(gone);
    await expect(left.table.write('b', streamOf())).rejects.toBe(gone);
    expect(() => right.table.read('b')).toThrow(gone);
    expect(opsOf(left.sent)).not.toContain('stream_abort');
  });

  it('is given up when no credit comes, when no data come, and the peer is told', async () => {
    const { left, right } = joinTables({ ...limits, streamIdleMs: 20 }, () => undefined);
    await expect(left.table.write('a', streamOf(randomBytes(1)))).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    await expect(readAll(right.table.read('b'))).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(left.sent).toMatchObject([{ op: 'stream_abort', error_code: 'CALL_TIMEOUT' }]);
    expect(right.sent).toMatchObject([
      { op: 'stream_credit' },
      { op: 'stream_abort', stream_id: 'b', error_code: 'CALL_TIMEOUT' },
    ]);
  });

  it('is given up when nobody takes what came of it', async () => {
    const { left, right } = joinTables({ ...limits, streamIdleMs: 20 }, (message) =>
      message.op === 'stream_abort' ? undefined : message,
    );
    const bytes = randomBytes(10);
    let source!: ReadableStreamDefaultController<Uint8Array>;
    const written = left.table.write('a', new ReadableStream({ start: (controller) => void (source = controller) }));
    source.enqueue(bytes);
    const failed = new Promise((resolve) => void right.table.read('a', resolve));
    expect(await failed).toMatchObject({ code: 'CALL_TIMEOUT', message: expect.stringContaining('nobody took') });
    expect(right.table.queuedBytes).toBe(0);
    source.close();
    await written;
  });

  it('is not one whose source is idle: its writer says that it is alive', async () => {
    const { left, right } = joinTables({ ...limits, streamIdleMs: 60 });
    let source!: ReadableStreamDefaultController<Uint8Array>;
    const written = left.table.write('a', new ReadableStream({ start: (controller) => void (source = controller) }));
    const read = readAll(right.table.read('a'));
    while (dataOf(left.sent).length < 6) await settle();
    source.close();
    expect(await read).toHaveLength(0);
    await written;
  });

  it('with more open than allowed is refused, at both ends', async () => {
    const { left, right } = joinTables({ ...limits, maxStreams: 1 });
    const first = left.table.write('a', streamOf(randomBytes(5_000)));
    const stalled = right.table.read('a');
    await expect(left.table.write('b', streamOf())).rejects.toMatchObject({ code: 'BACKPRESSURE', retryable: true });
    expect(() => right.table.read('b')).toThrow(expect.objectContaining({ code: 'BACKPRESSURE' }));
    expect(right.sent).toContainEqual(expect.objectContaining({ op: 'stream_abort', stream_id: 'b' }));
    expect(await readAll(stalled)).toHaveLength(5_000);
    await first;
    expect(await readAll(right.table.read('c').pipeThrough(closesAtOnce()))).toHaveLength(0);
  });
});

/** Wants nothing of what it is given. */
function closesAtOnce(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({ start: (controller) => controller.terminate() });
}
