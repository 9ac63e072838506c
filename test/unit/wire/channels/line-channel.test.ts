import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ChannelEnd } from '../../../../src/wire/index.js';
import { LineChannel } from '../../../../src/wire/channels/line-channel.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

function open(options?: ConstructorParameters<typeof LineChannel>[2]) {
  const input = new PassThrough();
  const output = new PassThrough();
  const channel = new LineChannel(input, output, options);
  const lines: string[] = [];
  const ends: ChannelEnd[] = [];
  channel.start({ onLine: (line) => lines.push(line), onBadLine: () => undefined, onEnd: (end) => ends.push(end) });
  return { channel, input, output, lines, ends };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a channel of lines', () => {
  it('writes what is sent in one turn in one piece', async () => {
    const { channel, output } = open();
    const writes: string[] = [];
    output.on('data', (chunk: Buffer) => writes.push(chunk.toString()));
    channel.send('one');
    channel.send('two');
    await turn();
    expect(writes).toEqual(['one\ntwo\n']);
  });

  it('counts what waits in bytes, and tells when some of it was written and when the channel ends', async () => {
    const { channel, output } = open();
    let drained = 0;
    channel.onDrain(() => (drained += 1));
    channel.send('ä'.repeat(20_000));
    expect(channel.queuedBytes).toBe(40_001);
    await turn();
    channel.send('x');
    expect([channel.queuedBytes, drained]).toEqual([40_003, 0]);
    output.resume();
    await turn();
    expect(channel.queuedBytes).toBe(0);
    const before = drained;
    expect(before).toBeGreaterThan(0);
    await channel.close();
    expect(drained).toBe(before + 1);
  });

  it('flushes what is queued when it closes, and leaves no timer behind', async () => {
    const { channel, output, ends } = open();
    channel.send('last');
    const text = output.setEncoding('utf8').toArray();
    await channel.close();
    await channel.close();
    expect((await text).join('')).toBe('last\n');
    expect(ends).toEqual([{ reason: 'closed' }]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('closes after a second although the peer reads nothing', async () => {
    const { channel, output, ends } = open();
    channel.send('x'.repeat(1_000_000));
    const closing = channel.close();
    await jest.advanceTimersByTimeAsync(1_000);
    await closing;
    expect(ends).toEqual([{ reason: 'closed' }]);
    expect(output.destroyed).toBe(true);
  });

  it('begins each write on a line of its own where others write to the same stream', async () => {
    const { channel, output } = open();
    channel.startFreshLines();
    const there = new LineChannel(output, new PassThrough());
    const lines: string[] = [];
    there.start({ onLine: (line) => lines.push(line), onBadLine: () => undefined, onEnd: () => undefined });
    output.write('progress…');
    channel.send('one');
    channel.send('two');
    await turn();
    channel.send('three');
    await turn();
    expect(lines).toEqual(['progress…', 'one', 'two', 'three']);
  });

  it('ends when writing fails', async () => {
    const { output, ends } = open();
    output.destroy(new Error('broken pipe'));
    await turn();
    expect(ends).toMatchObject([{ reason: 'failed', error: { message: 'broken pipe' } }]);
  });
});
