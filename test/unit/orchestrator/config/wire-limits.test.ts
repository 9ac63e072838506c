import { describe, expect, it } from '@jest/globals';
import { PyWattError } from '../../../../src/foundation/index.js';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';
import { defaultWireLimits } from '../../../../src/wire/index.js';

const modules = { orders: { command: 'node main.js' } };

describe('the limits of the wire in a configuration', () => {
  it('are read from their own units', () => {
    const wire = {
      maxLine: '8mb',
      maxInitLine: '2mb',
      maxQueue: '16mb',
      nesting: 32,
      streamWindow: '64kb',
      streamChunk: '16kb',
      streamQueue: '32kb',
      maxStreams: 9,
      streamIdle: '5s',
    };
    expect(parseConfig({ modules, wire }, '/app').wire).toEqual({
      maxInitLineBytes: 2 * 1024 ** 2,
      maxLineBytes: 8 * 1024 ** 2,
      maxQueuedBytes: 16 * 1024 ** 2,
      maxNesting: 32,
      streamWindowBytes: 64 * 1024,
      streamChunkBytes: 16 * 1024,
      bulkQueueBytes: 32 * 1024,
      maxStreams: 9,
      streamIdleMs: 5_000,
    });
  });

  it('have the defaults of the wire', () => {
    expect(parseConfig({ modules }, '/app').wire).toEqual(defaultWireLimits);
  });

  it('make chunks of streams smaller where a message could not hold one', () => {
    expect(parseConfig({ modules, wire: { maxLine: '32kb' } }, '/app').wire.streamChunkBytes).toBeLessThan(24 * 1024);
  });

  it.each(['maxLine', 'maxInitLine'])('let %s be as long as a text of Node can be, and no longer', (name) => {
    const wire = (size: string) => parseConfig({ modules, wire: { [name]: size } }, '/app').wire;
    expect(wire('511mb')).toMatchObject({ [`${name}Bytes`]: 511 * 1024 ** 2 });
    expect(() => wire('512mb')).toThrow(`wire.${name}: "512mb" is too long: at most 511mb; stream what is longer`);
  });

  it('are refused each with what to write instead', () => {
    const wire = { maxLine: 'long', nesting: 128, maxStreams: 0, streamIdle: '0s', window: 1 };
    let problems: unknown;
    try {
      parseConfig({ modules, wire }, '/app');
    } catch (error) {
      problems = PyWattError.is(error) && error.details['problems'];
    }
    expect(problems).toMatchObject([
      {
        path: 'wire.window',
        message:
          'is not a key here: the keys are maxLine, maxInitLine, maxQueue, nesting, streamWindow, streamChunk, streamQueue, maxStreams, streamIdle',
      },
      {
        path: 'wire.maxLine',
        message: "\"long\" is not a size: write '10mb', '512kb' or a number of bytes above 0",
      },
      { path: 'wire.nesting', message: '128 is not a depth: write a whole number from 16 to 127' },
      { path: 'wire.maxStreams', message: '0 is not a count: write a whole number above 0' },
      { path: 'wire.streamIdle', message: '"0s" is too short: at least 1ms' },
    ]);
  });
});
