import { describe, expect, it } from '@jest/globals';
import {
  agreementWith,
  agreesToBeat,
  deadlineOf,
  firstAgreement,
  offeredExtensions,
} from '../../../src/wire/extensions.js';

const one = ['corr', 'b64', 'err', 'types'];

describe('an agreement on extensions', () => {
  it('is the highest common version and the features both ends name', () => {
    expect(offeredExtensions).toEqual({
      v: 5,
      features: [...one, 'cancel', 'deadline', 'streams', 'beat', 'stages', 'brief', 'routes'],
    });
    expect(agreementWith(offeredExtensions).acceptance).toEqual({ ext: offeredExtensions });
    expect(agreementWith({ v: 6, features: ['time-travel', 'types', 'cancel'] }).acceptance).toEqual({
      ext: { v: 5, features: ['types', 'cancel'] },
    });
  });

  it('has no feature that came with a later version than the common one', () => {
    const agreement = agreementWith({ v: 1, features: [...one, 'cancel', 'deadline', 'streams', 'beat'] });
    expect(agreement.acceptance).toEqual({ ext: { v: 1, features: one } });
    expect(agreement.has('cancel')).toBe(false);
    expect(firstAgreement.acceptance).toEqual({ ext: { v: 1, features: one } });
  });

  it('is the plain protocol with a peer that offers nothing, and is not accepted then', () => {
    for (const offer of [undefined, { v: 0, features: one }]) {
      const agreement = agreementWith(offer);
      expect(agreement.version).toBe(0);
      expect(agreement.has('corr')).toBe(false);
      expect(agreement.acceptance).toEqual({});
    }
  });

  it('may be a version without a single feature', () => {
    expect(agreementWith({ v: 2, features: [] }).acceptance).toEqual({ ext: { v: 2, features: [] } });
  });

  it('puts a deadline into messages only where deadlines are agreed and there is one', () => {
    expect(deadlineOf(agreementWith(offeredExtensions), 10.2)).toEqual({ deadline_ms: 11 });
    expect(deadlineOf(agreementWith(offeredExtensions), Infinity)).toEqual({});
    expect(deadlineOf(firstAgreement, 10)).toEqual({});
  });

  it('has heartbeats of the module with a peer that names them', () => {
    expect(agreesToBeat(offeredExtensions)).toBe(true);
    expect(agreesToBeat(undefined)).toBe(false);
    expect(agreesToBeat({ v: 2, features: one })).toBe(false);
    expect(agreesToBeat({ v: 1, features: ['beat'] })).toBe(false);
  });
});
