import { describe, expect, it } from '@jest/globals';
import { parseLogLevel } from '../../../src/logging/index.js';

describe('parseLogLevel', () => {
  it('is info when nothing is written', () => {
    expect([parseLogLevel(undefined), parseLogLevel(' ')]).toEqual(['info', 'info']);
  });

  it('reads a level in any case', () => {
    expect(parseLogLevel(' DEBUG ')).toBe('debug');
  });

  it('names the setting and the nearest level when it knows none', () => {
    expect(() => parseLogLevel('wran', 'LOG_LEVEL')).toThrow(
      "LOG_LEVEL 'wran' is not a log level: write debug, info, warn, error (did you mean 'warn'?)",
    );
  });
});
