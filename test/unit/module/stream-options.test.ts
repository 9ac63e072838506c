import { describe, expect, it } from '@jest/globals';
import { streamLimits } from '../../../src/module/stream-options.js';

describe('the stream options of a module', () => {
  it('are the limits of its end of the wire', () => {
    expect(streamLimits({ window: '2mb', chunk: '16kb', queue: 1_000, max: 3, idle: '5s' })).toEqual({
      streamWindowBytes: 2 * 1024 ** 2,
      streamChunkBytes: 16 * 1024,
      bulkQueueBytes: 1_000,
      maxStreams: 3,
      streamIdleMs: 5_000,
    });
  });

  it('have defaults', () => {
    expect(streamLimits({})).toEqual({
      streamWindowBytes: 1024 ** 2,
      streamChunkBytes: 64 * 1024,
      bulkQueueBytes: 256 * 1024,
      maxStreams: 1_000,
      streamIdleMs: 30_000,
    });
  });

  it.each([
    [{ max: 0 }, 'streams.max'],
    [{ window: '-1' }, 'streams.window'],
    [{ chunk: 'big' }, 'streams.chunk'],
    [{ idle: 'long' as '1s' }, 'streams.idle'],
  ])('name what is wrong with %j', (options, name) => {
    expect(() => streamLimits(options)).toThrow(name);
  });
});
