import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { BootError, errorCodes, messageOf, PyWattError, ValueError, WireError } from '../../../src/foundation/index.js';

describe('PyWattError', () => {
  it('carries family, code, message, details, cause and the name of its class', () => {
    const cause = new Error('underneath');
    const error = new WireError('CALL_TIMEOUT', 'no answer', { retryable: true, details: { timeoutMs: 5 }, cause });
    expect(error).toMatchObject({
      name: 'WireError',
      family: 'wire',
      code: 'CALL_TIMEOUT',
      message: 'no answer',
      retryable: true,
      details: { timeoutMs: 5 },
      cause,
    });
    expect(error).toBeInstanceOf(Error);
  });

  it('is not retryable, and has no details and no cause, unless told', () => {
    const error = new BootError('GRAPH_INVALID', 'wrong');
    expect(error).toMatchObject({ retryable: false, details: {} });
    expect('cause' in error).toBe(false);
  });

  it('writes itself as JSON without its cause and stack', () => {
    const error = new ValueError('not a size', { cause: new Error('inner') });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'ValueError',
      code: 'INVALID_VALUE',
      message: 'not a size',
      retryable: false,
      details: {},
    });
  });

  it('recognises its kind by the brand, also one of another copy of the package', () => {
    const foreign = Object.defineProperty(new Error('from elsewhere'), Symbol.for('@pywatt/sdk/error'), {
      value: true,
    });
    expect(PyWattError.is(new BootError('CONFIG_INVALID', 'x'))).toBe(true);
    expect(PyWattError.is(foreign)).toBe(true);
    expect([new Error('x'), null, undefined, 'x', { code: 'QUERY' }].some((value) => PyWattError.is(value))).toBe(
      false,
    );
  });

  it('does not show the brand when it is printed', () => {
    expect(inspect(new ValueError('x'), { depth: 0 })).not.toContain('Symbol');
  });
});

describe('errorCodes', () => {
  it('has no code twice in one family', () => {
    for (const codes of Object.values(errorCodes)) expect(new Set<string>(codes).size).toBe(codes.length);
  });
});

describe('messageOf', () => {
  it('is the text of anything that was thrown', () => {
    expect(messageOf(new Error('broken'))).toBe('broken');
    expect(messageOf('broken')).toBe('broken');
    expect(messageOf(undefined)).toBe('undefined');
    expect(messageOf(Object.assign(new Error('x'), { message: 404 }))).toBe('404');
    expect(messageOf(Object.create(null))).toBe('something that has no text was thrown');
  });
});
