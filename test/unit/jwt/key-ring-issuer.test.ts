import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type JwtOptions, jwtSettings, KeyRing, KeyRingIssuer } from '../../../src/jwt/index.js';

/** An issuer over a clock that the test moves. */
function issuerWith(options: JwtOptions = {}, value = 'k'.repeat(32)) {
  const clock = { now: 1_700_000_000_000 };
  const now = () => clock.now;
  const settings = jwtSettings(options);
  const { algorithm, overlapMs } = settings;
  const ring = new KeyRing({ algorithm, overlapMs, secret: 'JWT_KEY', load: async () => value, now });
  return {
    ring,
    issuer: new KeyRingIssuer({ settings, ring, now }),
    pass: (ms: number) => void (clock.now += ms),
    now,
  };
}

const second = 1_000;

describe('tokens of a ring', () => {
  it('have the configured issuer, audience and lifetime where they say nothing else', async () => {
    const { issuer } = issuerWith({ issuer: 'me', audience: ['a', 'b'], expiresIn: '90s' });
    const iat = 1_700_000_000;
    const token = await issuer.generate({ sub: 'u' }, {});
    expect(await issuer.validate(token, {})).toEqual({ sub: 'u', iss: 'me', aud: ['a', 'b'], iat, exp: iat + 90 });
    const own = { iss: 'you', aud: 'c', iat: iat - 5, exp: iat + 5 };
    const other = await issuer.generate(own, {});
    expect(await issuer.validate(other, { issuer: 'you', audience: 'c' })).toEqual(own);
    const one = issuerWith({ audience: 'a' }).issuer;
    expect(await one.validate(await one.generate({}, {}), {})).toMatchObject({ aud: 'a' });
  });

  it('must be for the configured audience and of the configured issuer unless others are asked for', async () => {
    const { issuer } = issuerWith({ issuer: 'me', audience: 'a' });
    const foreign = await issuerWith().issuer.generate({ iss: 'you', aud: 'b' }, {});
    await expect(issuer.validate(foreign, {})).rejects.toMatchObject({ code: 'BAD_CLAIMS' });
    await expect(issuer.validate(foreign, { issuer: 'you' })).rejects.toMatchObject({ details: { claim: 'aud' } });
    await expect(issuer.validate(foreign, { audience: 'b' })).rejects.toMatchObject({ details: { claim: 'iss' } });
    await issuer.validate(foreign, { issuer: 'you', audience: 'b' });
  });

  it('are valid to the second, with 5 s of tolerance where nothing else is configured', async () => {
    for (const [options, toleranceMs] of [
      [{}, 5 * second],
      [{ clockTolerance: '0s' }, 0],
      [{ clockTolerance: '1m' }, 60 * second],
    ] as const) {
      const { issuer, pass, now } = issuerWith(options);
      const nbf = now() / second + 600;
      const token = await issuer.generate({ nbf, exp: nbf + 10 }, {});
      pass(600 * second - toleranceMs - 1);
      await expect(issuer.validate(token, {})).rejects.toMatchObject({ code: 'NOT_YET_VALID' });
      pass(1);
      await issuer.validate(token, {});
      pass(10 * second + 2 * toleranceMs - 1);
      await issuer.validate(token, {});
      pass(1);
      await expect(issuer.validate(token, {})).rejects.toMatchObject({ code: 'EXPIRED' });
    }
  });

  it('of a key that was replaced are accepted until its overlap is over', async () => {
    const { issuer, ring, pass } = issuerWith({ expiresIn: '1h', overlap: '10m' });
    const old = await issuer.generate({}, {});
    const prepared = await ring.prepare('n'.repeat(32), new AbortController().signal);
    prepared.activate();
    await prepared.retire();
    const fresh = await issuer.generate({}, {});
    pass(600 * second - 1);
    await issuer.validate(old, {});
    pass(1);
    await expect(issuer.validate(old, {})).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    await issuer.validate(fresh, {});
  });

  it('cannot be signed with a public key, only verified', async () => {
    const pair = generateKeyPairSync('ed25519');
    const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const spki = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const verifier = issuerWith({ algorithm: 'EdDSA' }, spki).issuer;
    await expect(verifier.generate({}, {})).rejects.toMatchObject({ code: 'KEY' });
    await verifier.validate(await issuerWith({ algorithm: 'EdDSA' }, pem).issuer.generate({}, {}), {});
  });
});

describe('settings of tokens', () => {
  it('default to HS256, an hour, 5 s of tolerance, and an overlap as long as a token lives', () => {
    expect(jwtSettings({})).toEqual({
      algorithm: 'HS256',
      issuer: undefined,
      audience: [],
      expiresInMs: 3_600_000,
      clockToleranceMs: 5_000,
      overlapMs: 3_600_000,
    });
    expect(jwtSettings({ expiresIn: '5m' }).overlapMs).toBe(300_000);
  });

  it.each([
    [{ algorithm: 'none' }, 'no algorithm "none"'],
    [{ algorithm: 'HS265' }, "did you mean 'HS256'"],
    [{ expiresIn: '10' }, 'is not a duration'],
    [{ expiresIn: '10ms' }, 'at least 1s'],
    [{ clockTolerance: '1h' }, 'at most 10m'],
    [{ overlap: 'long' }, 'is not a duration'],
    [{ issuer: '' }, 'issuer'],
    [{ audience: ['a', ''] }, 'audience'],
  ])('%j cannot be meant', (options, reason) => {
    expect(() => jwtSettings(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
    expect(() => jwtSettings(options)).toThrow(reason);
  });
});
