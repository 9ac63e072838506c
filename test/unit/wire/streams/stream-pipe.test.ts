import { describe, expect, it, jest } from '@jest/globals';
import type { Pipe, PipeReceiver } from '../../../../src/wire/index.js';
import { StreamTable } from '../../../../src/wire/streams/stream-table.js';
import { joinTables } from './joined-tables.js';

class Received implements PipeReceiver {
  readonly pieces: Uint8Array[] = [];
  readonly events: string[] = [];
  error: Error | undefined;

  get bytes(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  }

  data(bytes: Uint8Array): void {
    this.pieces.push(bytes);
  }

  drained(): void {
    this.events.push('drained');
  }

  ended(): void {
    this.events.push('ended');
  }

  closed(error?: Error): void {
    this.events.push('closed');
    this.error = error;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function openBoth(...options: Parameters<typeof joinTables>) {
  const { left, right } = joinTables(...options);
  const [near, far] = [new Received(), new Received()];
  // The far end opens first, as it does when a message named the pipe.
  const there: Pipe = right.table.pipe('p', far);
  const here: Pipe = left.table.pipe('p', near);
  return { left, right, near, far, here, there };
}

describe('a pipe', () => {
  it('carries bytes both ways, and closes when both ends have ended it', async () => {
    const { near, far, here, there } = openBoth();
    await settled();
    expect(here.write(Buffer.from('to there'))).toBe(true);
    there.write(Buffer.from('to here'));
    await settled();
    expect([Buffer.concat(far.pieces).toString(), Buffer.concat(near.pieces).toString()]).toEqual([
      'to there',
      'to here',
    ]);
    here.end();
    await settled();
    expect(far.events).toEqual(['drained', 'ended']);
    there.end();
    await settled();
    expect(far.events.at(-1)).toBe('closed');
    expect(near.events.slice(-2)).toEqual(['ended', 'closed']);
  });

  it('sends no more than its far end has room for, and goes on as that takes', async () => {
    const { near, far, here, there } = openBoth({ streamWindowBytes: 1_000, streamChunkBytes: 300 });
    await settled();
    expect(here.write(Buffer.alloc(5_000))).toBe(false);
    await settled();
    expect(far.bytes).toBe(1_000);
    for (let taken = 0; taken < 5_000; taken += 500) {
      there.taken(500);
      await settled();
    }
    expect(far.bytes).toBe(5_000);
    expect(near.events).toEqual(['drained']);
  });

  it('grants room after what the bytes made its user write', async () => {
    const sent: string[] = [];
    const table = new StreamTable({
      send: ({ op }) => void sent.push(op),
      queue: { queuedBytes: 0, onDrain: () => undefined },
      limits: { streamWindowBytes: 1_000 },
    });
    const pipe: Pipe = table.pipe('p', {
      data: ({ byteLength }) => {
        pipe.taken(byteLength);
        pipe.write(Buffer.from('the next question'));
      },
      drained: () => undefined,
      ended: () => undefined,
      closed: () => undefined,
    });
    table.accept({ op: 'stream_credit', stream_id: 'p', bytes: 1_000 });
    table.accept({ op: 'stream_data', stream_id: 'p', data: Buffer.alloc(600) });
    await settled();
    expect(sent).toEqual(['stream_credit', 'stream_data', 'stream_credit']);
  });

  it('fails both ends when one gives it up, and tells why', async () => {
    const { near, far, here } = openBoth();
    await settled();
    here.abort(new Error('no more'));
    await settled();
    expect([near.error?.message, far.error?.message]).toEqual(['no more', 'no more']);
    expect(here.write(Buffer.from('late'))).toBe(true);
  });

  it('refuses more than it granted', async () => {
    const { far, right } = openBoth({ streamWindowBytes: 10 });
    right.table.accept({ op: 'stream_data', stream_id: 'p', data: Buffer.alloc(11) });
    expect(far.error).toMatchObject({ code: 'MESSAGE_INVALID' });
  });

  it('finds bytes that changed on their way', async () => {
    const { far, here } = openBoth({}, (message) =>
      message.op === 'stream_data' ? { ...message, data: Buffer.from('changed') } : message,
    );
    await settled();
    here.write(Buffer.from('written'));
    here.end();
    await settled();
    expect(far.error).toMatchObject({ code: 'STREAM_CORRUPT' });
  });

  it('may be idle for hours, and ends with the session', () => {
    jest.useFakeTimers();
    try {
      const { left, near, far } = openBoth({ streamIdleMs: 1_000 });
      jest.advanceTimersByTime(10 * 3_600_000);
      expect([near.events, far.events]).toEqual([[], []]);
      left.table.failAll(new Error('gone'));
      expect(near.error?.message).toBe('gone');
    } finally {
      jest.useRealTimers();
    }
  });

  it('takes an id once and gives it free when it closed', async () => {
    const { left, here } = openBoth();
    expect(() => left.table.pipe('p', new Received())).toThrow('open already');
    here.abort(new Error('over'));
    expect(() => left.table.pipe('p', new Received())).not.toThrow();
  });
});
