import { describe, expect, it } from '@jest/globals';
import type { TracedMessage, TraceEvent } from '../../../../src/orchestrator/trace/trace-event.js';
import { TraceStream } from '../../../../src/orchestrator/trace/trace-stream.js';

const message = (bytes: number): TracedMessage => ({
  kind: 'message',
  time: '',
  direction: 'to_module',
  op: 'x',
  bytes,
  ids: {},
  message: {},
});

const numbers = (events: readonly TraceEvent[]) =>
  events.map((event) => (event.kind === 'message' ? event.bytes : `${event.count} dropped`));

async function take(stream: TraceStream, count: number): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  for await (const event of stream) if (events.push(event) === count) break;
  return events;
}

describe('TraceStream', () => {
  it('gives what was there before and what comes later, in order', async () => {
    const stream = new TraceStream(new AbortController().signal);
    stream.push(message(1));
    const taken = take(stream, 3);
    await Promise.resolve();
    stream.push(message(2));
    stream.push(message(3));
    expect(numbers(await taken)).toEqual([1, 2, 3]);
  });

  it('keeps a thousand for a reader that does not read, drops the rest and says how many', async () => {
    const stream = new TraceStream(new AbortController().signal);
    for (let sent = 0; sent < 1_500; sent += 1) stream.push(message(sent));
    expect(stream.isFull).toBe(true);
    const events = numbers(await take(stream, 1_001));
    expect(events.slice(0, 1_000)).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
    expect(events[1_000]).toBe('500 dropped');
  });

  it('tells a reader that is told of nothing else what it missed', async () => {
    const stop = new AbortController();
    const stream = new TraceStream(stop.signal);
    for (let sent = 0; sent < 1_001; sent += 1) stream.push(message(sent));
    const events: TraceEvent[] = [];
    for await (const event of stream) {
      events.push(event);
      if (event.kind === 'dropped') stop.abort();
    }
    expect(numbers(events).at(-1)).toBe('1 dropped');
  });

  it('ends with its signal, waited for or not', async () => {
    const stop = new AbortController();
    const stream = new TraceStream(stop.signal);
    const taken = take(stream, 1);
    await Promise.resolve();
    stop.abort();
    expect(await taken).toEqual([]);
    expect(await take(stream, 1)).toEqual([]);
  });
});
