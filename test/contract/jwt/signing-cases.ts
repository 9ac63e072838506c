import assert from 'node:assert/strict';
import { encoded, foreignToken, inSeconds, type JwtCase, refuses } from './jwt-case.js';

const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as Record<string, unknown>;

export const signingCases: readonly JwtCase[] = [
  {
    title: 'what is signed is verified, with every claim as it was',
    run: async ({ jwt }) => {
      const claims = { sub: 'u-1', roles: ['admin'], nested: { deep: [1, 2.5, null, true] }, é: '☕', big: 1e21 };
      const { iat, exp, ...read } = await jwt.verify(await jwt.sign(claims));
      assert.deepEqual(read, claims);
      assert.ok(Math.abs(iat! - inSeconds(0)) <= 5);
      assert.equal(exp - iat!, 3600);
    },
  },
  {
    title: 'the header names the configured algorithm, and a key by a name that says nothing of it',
    run: async ({ jwt, algorithm, key }) => {
      const { alg, typ, kid, ...others } = headerOf(await jwt.sign({}));
      assert.deepEqual({ alg, typ, others }, { alg: algorithm, typ: 'JWT', others: {} });
      assert.ok(typeof kid === 'string' && kid.length >= 12 && !key.includes(kid));
    },
  },
  {
    title: 'options become claims, and times are whole seconds rounded up',
    run: async ({ jwt }) => {
      const options = {
        expiresIn: '90500ms',
        audience: ['a', 'b'],
        issuer: 'i',
        subject: 's',
        notBefore: '0s',
      } as const;
      const { exp, iat, nbf, ...read } = await jwt.verify(await jwt.sign({ x: 1 }, options));
      assert.deepEqual(read, { x: 1, aud: ['a', 'b'], iss: 'i', sub: 's' });
      assert.ok(exp - iat! >= 90 && exp - iat! <= 92);
      assert.ok(nbf! - iat! <= 1);
    },
  },
  {
    title: 'a key can be named as verifiers elsewhere call it',
    run: async ({ jwt }) => {
      const token = await jwt.sign({}, { keyId: 'orders-2026' });
      assert.equal(headerOf(token)['kid'], 'orders-2026');
      await jwt.verify(token);
    },
  },
  {
    title: 'a token of somebody else with the same key is verified, whatever it calls the key',
    run: async (fixture) => {
      for (const header of [{}, { kid: 'theirs' }, { typ: 'at+jwt' }]) {
        const token = await foreignToken(fixture, { sub: 'u', exp: inSeconds(60) }, header);
        assert.equal((await fixture.jwt.verify(token)).sub, 'u');
      }
    },
  },
  {
    title: 'a claim that is given twice is refused',
    run: async ({ jwt }) => {
      await refuses(jwt.sign({ exp: inSeconds(5) }, { expiresIn: '1h' }), 'BAD_CLAIMS');
      await refuses(jwt.sign({ sub: 'a' }, { subject: 'b' }), 'BAD_CLAIMS');
    },
  },
  {
    title: 'claims that are no JSON are refused, naming the claim',
    run: async ({ jwt }) => {
      const circle: Record<string, unknown> = {};
      circle['self'] = circle;
      const bad = [{ a: { b: () => 1 } }, { a: 1n }, { a: new Map() }, { a: Number.NaN }, { a: '\ud800' }, circle];
      for (const claims of bad) await refuses(jwt.sign(claims), 'BAD_CLAIMS');
      const error = await refuses(jwt.sign({ a: { b: () => 1 } }), 'BAD_CLAIMS');
      assert.match(error.message, /'a\.b'/);
      for (const claims of [[], null, 'text'] as unknown as object[]) await refuses(jwt.sign(claims), 'BAD_CLAIMS');
    },
  },
  {
    title: 'registered claims of a wrong type are refused',
    run: async ({ jwt }) => {
      for (const claims of [
        { exp: 'soon' },
        { nbf: '1' },
        { iat: null },
        { sub: 5 },
        { iss: [] },
        { aud: [1] },
        { aud: {} },
      ])
        await refuses(jwt.sign(claims), 'BAD_CLAIMS');
    },
  },
  {
    title: 'a token that would be too long is not made, and one that is is not read',
    run: async ({ jwt }) => {
      await refuses(jwt.sign({ text: 'x'.repeat(16_384) }), 'BAD_CLAIMS');
      const token = `${encoded({ alg: 'HS256' })}.${'A'.repeat(5_000_000)}.AAAA`;
      await refuses(jwt.verify(token), 'MALFORMED');
    },
  },
  {
    title: 'a malformed duration is the mistake of the caller',
    run: async ({ jwt }) => {
      await assert.rejects(jwt.sign({}, { expiresIn: '5 minutes' as '5m' }), { code: 'INVALID_VALUE' });
    },
  },
];
