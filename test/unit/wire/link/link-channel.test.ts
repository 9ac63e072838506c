import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WireError } from '../../../../src/foundation/index.js';
import type { Channel, ChannelEnd, ChannelReader } from '../../../../src/wire/index.js';
import { LinkChannel, type LinkChannelOptions } from '../../../../src/wire/link/link-channel.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A connection that keeps what it is given; what reached the far end is up to the test. */
class Connection implements Channel {
  readonly carriesBytes = true;
  readonly isOwn = true;
  queuedBytes = 0;
  readonly sent: string[] = [];
  isClosed = false;
  isBroken = false;
  drain: () => void = () => undefined;

  constructor(readonly kind: 'unix' | 'tcp' = 'unix') {}

  send(text: string): void {
    if (this.isBroken) throw new WireError('CHANNEL_CLOSED', 'broken');
    this.sent.push(text);
  }

  onDrain(listener: () => void): void {
    this.drain = listener;
  }

  start(_reader: ChannelReader): void {
    throw new Error('the link does not start connections');
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function open(options?: LinkChannelOptions) {
  const link = new LinkChannel(options);
  const heard: string[] = [];
  const ends: ChannelEnd[] = [];
  link.start({ onLine: (text) => heard.push(text), onBadLine: () => undefined, onEnd: (end) => ends.push(end) });
  const first = new Connection();
  link.attach(first, 0);
  return { link, heard, ends, first };
}

describe('a link', () => {
  it('sends what a lost connection lost over the next one, in order and only that', () => {
    const { link, first } = open();
    for (const text of ['a', 'b', 'c']) link.send(text);
    link.accept(first, '{"link":"received","received":1}');
    link.lost(first);
    link.send('d');
    const second = new Connection('tcp');
    expect(link.attach(second, 2)).toBe(true);
    link.send('e');
    expect(first.sent).toEqual(['a', 'b', 'c']);
    expect(second.sent).toEqual(['c', 'd', 'e']);
    expect(link.kind).toBe('tcp');
  });

  it('tells of what drains on the connection in use, and of its own end', async () => {
    const { link, first } = open();
    let told = 0;
    link.onDrain(() => (told += 1));
    first.drain();
    const second = new Connection();
    link.attach(second, 0);
    second.drain();
    expect(told).toBe(2);
    await link.close();
    expect(told).toBe(3);
  });

  it('takes nothing twice: a replaced connection is not heard any more', () => {
    const { link, first, heard } = open();
    link.accept(first, 'a');
    const second = new Connection();
    link.attach(second, 0);
    link.accept(first, 'b');
    link.accept(second, 'b');
    link.lost(first);
    expect(heard).toEqual(['a', 'b']);
    expect([link.received, first.isClosed, link.isConnected]).toEqual([2, true, true]);
  });

  it('keeps what a connection did not take because it just ended', () => {
    const { link, first } = open();
    first.isBroken = true;
    link.send('a');
    link.lost(first);
    const second = new Connection();
    link.attach(second, 0);
    expect(second.sent).toEqual(['a']);
  });

  it('tells what arrived after 64 messages, or after 100 ms', () => {
    const { link, first } = open();
    for (let count = 0; count < 70; count += 1) link.accept(first, 'x');
    expect(first.sent).toEqual(['{"link":"received","received":64}']);
    jest.advanceTimersByTime(100);
    expect(first.sent[1]).toBe('{"link":"received","received":70}');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps no more for a far end that confirms nothing than its bound', () => {
    const { link, first } = open({ maxQueuedBytes: 10 });
    link.send('12345');
    link.send('12345');
    expect(() => link.send('1')).toThrow(expect.objectContaining({ code: 'BACKPRESSURE', retryable: true }));
    link.accept(first, '{"link":"received","received":1}');
    expect(() => link.send('12345')).not.toThrow();
  });

  it('tells a far end that reads nothing what came in only once, when it reads again', () => {
    const { link, first } = open({ maxQueuedBytes: 10 });
    first.queuedBytes = 11;
    for (let count = 0; count < 200; count += 1) link.accept(first, 'x');
    jest.advanceTimersByTime(1_000);
    expect(first.sent).toEqual([]);
    first.queuedBytes = 0;
    jest.advanceTimersByTime(100);
    expect(first.sent).toEqual(['{"link":"received","received":200}']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends when no new connection comes in time, and then takes none', () => {
    const { link, first, ends } = open({ lostAfterMs: 1_000 });
    link.lost(first);
    jest.advanceTimersByTime(999);
    expect(ends).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(ends).toMatchObject([{ reason: 'failed', error: { code: 'CHANNEL_CLOSED' } }]);
    expect(link.attach(new Connection(), 0)).toBe(false);
    expect(() => link.send('x')).toThrow(expect.objectContaining({ code: 'CHANNEL_CLOSED' }));
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    ['lacks what is not kept any more', 0],
    ['claims more than was sent', 3],
  ])('ends when the far end %s', (_name, farReceived) => {
    const { link, first, ends } = open();
    link.send('a');
    link.send('b');
    link.accept(first, '{"link":"received","received":1}');
    expect(link.attach(new Connection(), farReceived)).toBe(false);
    expect(ends).toMatchObject([{ reason: 'failed' }]);
  });

  it('ends at once when the far end says so, and says so itself', async () => {
    const { link, first, ends } = open();
    link.accept(first, '{"link":"close"}');
    expect(ends).toEqual([{ reason: 'ended' }]);
    const other = open();
    await other.link.close();
    expect(other.first.sent).toEqual(['{"link":"close"}']);
    expect([other.first.isClosed, other.ends]).toEqual([true, [{ reason: 'closed' }]]);
  });
});
