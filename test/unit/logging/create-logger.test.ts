import { describe, expect, it } from '@jest/globals';
import { createLogger, type LoggerOptions, SecretRedactor } from '../../../src/logging/index.js';
import { SecretValue } from '../../../src/secrets/index.js';

function setUp(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const redactor = new SecretRedactor();
  const logger = createLogger({ redactor, write: (line) => void lines.push(line), ...options });
  return { lines, redactor, logger, last: () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown> };
}

describe('createLogger', () => {
  it('writes one JSON object for each line, with time, level, message and fields', () => {
    const { logger, lines, last } = setUp({ fields: { module: 'orders' } });
    logger.info('order placed', { id: 7, tags: ['a'], none: undefined });
    expect(lines).toHaveLength(1);
    expect(last()).toEqual({
      time: expect.any(String),
      level: 'info',
      msg: 'order placed',
      module: 'orders',
      id: 7,
      tags: ['a'],
    });
    expect(new Date(last()['time'] as string).toISOString()).toBe(last()['time']);
  });

  it('drops lines below its level', () => {
    const { logger, lines } = setUp({ level: 'warn' });
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['c', 'd']);
  });

  it('gives children its fields and theirs', () => {
    const { logger, last } = setUp({ fields: { module: 'orders' } });
    logger.child({ request: 'r1' }).child({ step: 2 }).warn('slow');
    expect(last()).toMatchObject({ module: 'orders', request: 'r1', step: 2, level: 'warn' });
  });

  it('never lets a field replace time, level or message', () => {
    const { logger, last } = setUp();
    logger.info('real', { msg: 'fake', level: 'error', time: 'never', toString: 'kept' });
    expect(last()).toMatchObject({
      msg: 'real',
      level: 'info',
      msg_: 'fake',
      level_: 'error',
      time_: 'never',
      toString: 'kept',
    });
  });

  it('redacts messages, keys, nested fields and errors, and stays valid JSON', () => {
    const { logger, redactor, last, lines } = setUp();
    redactor.add('s3cret"value');
    redactor.add('424242');
    const error = new Error('refused s3cret"value', { cause: new Error('because of s3cret"value') });
    logger.error('with s3cret"value', {
      's3cret"value': 1,
      deep: [{ text: JSON.stringify('s3cret"value') }],
      pin: 424242,
      error,
    });
    expect(lines[0]).not.toMatch(/s3cret|424242/);
    expect(last()).toMatchObject({ msg: 'with [REDACTED]', '[REDACTED]': 1, pin: '[REDACTED]' });
  });

  it('shows a SecretValue as [REDACTED] even when its value was never registered', () => {
    const { logger, last } = setUp();
    logger.info('injected', { key: new SecretValue('KEY', 'unregistered') });
    expect(last()).toMatchObject({ key: '[REDACTED]' });
  });

  it('writes one line for people in the pretty form, errors below it and continuation lines indented', () => {
    const { logger, lines } = setUp({ format: 'pretty' });
    const error = Object.assign(new TypeError('no', { cause: 'a string' }), { code: 'E_NO' });
    logger.warn('two\nlines', { module: 'orders', text: 'two words', error });
    const [line = ''] = lines;
    expect(line).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}two\n {4}lines module=orders text="two words"\n {4}TypeError: no\n {4}/,
    );
    expect(line).toContain('\n    code: E_NO');
    expect(line).toContain('\n    caused by: a string');
    expect(
      line
        .split('\n')
        .slice(1)
        .every((each) => each.startsWith('    ')),
    ).toBe(true);
  });
});
