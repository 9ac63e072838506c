import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { JwtAlgorithm } from '../../../src/jwt/index.js';
import { parseKey } from '../../../src/jwt/parse-key.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const pem = (key: typeof rsa.privateKey) => key.export({ format: 'pem', type: 'pkcs8' }).toString();
const publicPem = (key: typeof rsa.publicKey) => key.export({ format: 'pem', type: 'spki' }).toString();
const jwk = (key: typeof rsa.privateKey) => JSON.stringify(key.export({ format: 'jwk' }));
const parse = (value: string, algorithm: JwtAlgorithm) => parseKey(value, algorithm, 'JWT_KEY');

const bytes = randomBytes(64);
const text = 'correct horse battery staple, and then some more of it, sixty-four bytes';

describe('a shared key', () => {
  it.each([
    ['text', text, Buffer.from(text)],
    ['base64 with its prefix', `base64:${bytes.toString('base64')}`, bytes],
    ['base64url with its prefix and a line end', `base64:${bytes.toString('base64url')}\n`, bytes],
    ['a JWK', JSON.stringify({ kty: 'oct', k: bytes.toString('base64url') }), bytes],
  ])('is %s', (_form, value, expected) => {
    for (const algorithm of ['HS256', 'HS384', 'HS512'] as const)
      expect(parse(value, algorithm).signing!.export()).toEqual(expected);
  });

  it.each([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const)('of %s has at least %i bytes', (algorithm, fewest) => {
    expect(() => parse('x'.repeat(fewest - 1), algorithm)).toThrow(`at least ${fewest} bytes`);
    expect(parse('x'.repeat(fewest), algorithm).verifying.type).toBe('secret');
    expect(() => parse(`base64:${randomBytes(fewest - 1).toString('base64')}`, algorithm)).toThrow('too short');
  });

  it('is named at random, so that the name says nothing of it', () => {
    const [one, two] = [parse(text, 'HS256'), parse(text, 'HS256')];
    expect(one.id).not.toBe(two.id);
    expect(one.id).toMatch(/^[\w-]{12}$/);
    for (const data of ['', 'kid', one.id])
      expect(createHmac('sha256', text).update(data).digest('base64url')).not.toContain(two.id);
  });

  it.each([
    ['a PEM file', pem(rsa.privateKey), 'PEM'],
    ['a public PEM file, which anybody may have', publicPem(rsa.publicKey), 'PEM'],
    ['a JWK of another type', jwk(rsa.privateKey), "'oct'"],
    ['base64 that is none', 'base64:not base64 at all, whatever it says here and there', 'no base64'],
    ['a JWK whose k is no base64url', JSON.stringify({ kty: 'oct', k: '***' }), 'no base64url'],
    ['empty', '', 'too short'],
  ])('is not %s', (_what, value, reason) => {
    expect(() => parse(value, 'HS256')).toThrow(expect.objectContaining({ code: 'KEY', family: 'jwt' }));
    expect(() => parse(value, 'HS256')).toThrow(reason);
  });
});

describe('a key pair', () => {
  it.each([
    ['RS256', rsa],
    ['ES256', ec],
    ['EdDSA', ed],
  ] as const)('of %s is a PEM file or a JWK, private or public, with one name for both halves', (algorithm, pair) => {
    const whole = [pem(pair.privateKey), `\n${pem(pair.privateKey)}`, jwk(pair.privateKey)];
    const halves = [publicPem(pair.publicKey), jwk(pair.publicKey)];
    const ids = [...whole, ...halves].map((value) => parse(value, algorithm).id);
    expect(new Set(ids).size).toBe(1);
    for (const value of whole) expect(parse(value, algorithm).signing!.type).toBe('private');
    for (const value of halves) expect(parse(value, algorithm).signing).toBeUndefined();
    expect(parse(whole[0]!, algorithm).verifying.type).toBe('public');
  });

  it('is named by the thumbprint of RFC 7638', () => {
    const example = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
    };
    expect(parse(JSON.stringify(example), 'RS256').id).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const encrypted = rsa.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'pass' });
  it.each([
    ['of another type', pem(ec.privateKey), 'RS256', 'not rsa'],
    ['of another curve', pem(otherCurve.privateKey), 'ES256', 'P-256'],
    ['that is too short', pem(small.privateKey), 'RS256', '2048'],
    ['of RSA for EdDSA', jwk(rsa.privateKey), 'EdDSA', 'ed25519'],
    ['that is encrypted', encrypted.toString(), 'RS256', 'passphrase'],
    ['that is cut off', pem(rsa.privateKey).slice(0, 300), 'RS256', 'cannot be read'],
    ['in a JWK that lacks a part', JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'AAAA' }), 'ES256', 'cannot be read'],
    ['that is some text', text, 'ES256', 'neither a PEM file'],
    ['that is broken JSON', `{ "kty": "EC", "d": "${text}`, 'ES256', 'neither a PEM file'],
  ] as const)('%s is refused with the reason and without a part of it', (_what, value, algorithm, reason) => {
    let error: unknown;
    try {
      parse(value, algorithm);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'KEY', message: expect.stringContaining(reason) });
    expect((error as Error).message).toContain("secret 'JWT_KEY' is no key for");
    const shown = inspect(error, { depth: 9 });
    for (const part of value.match(/[\w+/-]{20,}/g) ?? []) expect(shown).not.toContain(part);
  });
});
