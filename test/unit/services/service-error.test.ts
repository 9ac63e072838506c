import { describe, expect, it } from '@jest/globals';
import { PyWattError, WireError } from '../../../src/foundation/index.js';
import { failureOf, ServiceError, serviceErrorFrom } from '../../../src/services/service-error.js';

describe('a failure of a service', () => {
  it('is the same ServiceError on this side of the wire, whatever class carried it', () => {
    const carried = new PyWattError<'service'>('service', 'INVALID_PARAMS', 'no', { details: { fields: [] } });
    const error = serviceErrorFrom(carried, 'service geo');
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ code: 'INVALID_PARAMS', message: 'no', details: { fields: [] } });
  });

  it.each([
    ['CHANNEL_CLOSED', 'OUTCOME_UNKNOWN'],
    ['PEER_REFUSED', 'CONNECTION'],
    ['BACKPRESSURE', 'BUSY'],
    ['CALL_TIMEOUT', 'TIMEOUT'],
    ['LINE_TOO_LONG', 'SERIALIZATION'],
  ] as const)('of the wire, %s, is %s and retryable only where the call was never sent', (wire, code) => {
    const error = serviceErrorFrom(new WireError(wire, 'gone', { retryable: true }), "service 'geo', locate");
    expect(error).toMatchObject({ code, message: "service 'geo', locate: gone", retryable: code === 'BUSY' });
  });

  it('of a channel that was gone before the call is CONNECTION, to be tried again', () => {
    const unsent = new WireError('CHANNEL_CLOSED', 'gone', { retryable: true, details: { sent: false } });
    expect(serviceErrorFrom(unsent, 'geo')).toMatchObject({ code: 'CONNECTION', retryable: true });
  });

  it('keeps a code of other libraries only when it is text', () => {
    expect(failureOf(Object.assign(new Error('x'), { code: 5 }), 'geo').details).toEqual({});
    expect(failureOf(undefined, 'geo')).toMatchObject({ code: 'FAILED', message: 'geo: undefined' });
  });
});
