import assert from 'node:assert/strict';
import { foreignToken, inSeconds, type JwtCase, type JwtFixture, refuses } from './jwt-case.js';

/** A token of these claims, which must be refused with that code and, where one is named, for that claim. */
async function isRefused(fixture: JwtFixture, claims: object, code: string, claim?: string): Promise<void> {
  const token = await foreignToken(fixture, claims);
  const error = await refuses(fixture.jwt.verify(token), code, token);
  if (claim !== undefined) assert.deepEqual(error.details, { claim });
}

export const claimCases: readonly JwtCase[] = [
  {
    title: 'a token that has expired is refused, also one of ours',
    run: async (fixture) => {
      await isRefused(fixture, { exp: inSeconds(-30) }, 'EXPIRED', 'exp');
      await refuses(fixture.jwt.verify(await fixture.jwt.sign({ exp: inSeconds(-30) })), 'EXPIRED');
    },
  },
  {
    title: 'clocks may not differ by more than the tolerance',
    run: async (fixture) => {
      await isRefused(fixture, { exp: inSeconds(-20) }, 'EXPIRED');
      await isRefused(fixture, { exp: inSeconds(900), nbf: inSeconds(600) }, 'NOT_YET_VALID', 'nbf');
    },
  },
  {
    title: 'a token that becomes valid in the far future is refused until then',
    run: async (fixture) => {
      await isRefused(fixture, { exp: inSeconds(4e9), nbf: inSeconds(3e9) }, 'NOT_YET_VALID', 'nbf');
      const token = await fixture.jwt.sign({}, { notBefore: '1h', expiresIn: '2h' });
      await refuses(fixture.jwt.verify(token), 'NOT_YET_VALID', token);
    },
  },
  {
    title: 'a token without exp is refused',
    run: (fixture) => isRefused(fixture, { sub: 'for ever' }, 'BAD_CLAIMS', 'exp'),
  },
  {
    title: 'times that are no numbers are refused',
    run: async (fixture) => {
      await isRefused(fixture, { exp: '9999999999' }, 'BAD_CLAIMS', 'exp');
      await isRefused(fixture, { exp: null }, 'BAD_CLAIMS', 'exp');
      await isRefused(fixture, { exp: inSeconds(60), nbf: 'now' }, 'BAD_CLAIMS', 'nbf');
      await isRefused(fixture, { exp: inSeconds(60), iat: {} }, 'BAD_CLAIMS', 'iat');
    },
  },
  {
    title: 'the audience that is asked for must be one of those of the token',
    run: async (fixture) => {
      const { jwt } = fixture;
      const exp = inSeconds(60);
      for (const aud of ['orders', ['mail', 'orders'], ['orders', 'orders']])
        for (const audience of ['orders', ['other', 'orders']])
          await jwt.verify(await foreignToken(fixture, { exp, aud }), { audience });
      for (const aud of ['Orders', 'orders ', ['mail'], [], undefined]) {
        const token = await foreignToken(fixture, { exp, ...(aud !== undefined && { aud }) });
        const error = await refuses(jwt.verify(token, { audience: 'orders' }), 'BAD_CLAIMS', token);
        assert.deepEqual(error.details, { claim: 'aud' });
      }
      const token = await foreignToken(fixture, { exp, aud: 'orders' });
      await refuses(jwt.verify(token, { audience: [] }), 'BAD_CLAIMS');
    },
  },
  {
    title: 'an audience of a wrong type is refused, whether or not one is asked for',
    run: async (fixture) => {
      for (const aud of [5, {}, { orders: true }, [['orders']], ['orders', 5], null]) {
        const token = await foreignToken(fixture, { exp: inSeconds(60), aud });
        await refuses(fixture.jwt.verify(token), 'BAD_CLAIMS', token);
        await refuses(fixture.jwt.verify(token, { audience: 'orders' }), 'BAD_CLAIMS', token);
      }
    },
  },
  {
    title: 'the issuer that is asked for must be that of the token',
    run: async (fixture) => {
      const { jwt } = fixture;
      const exp = inSeconds(60);
      const token = await foreignToken(fixture, { exp, iss: 'https://id.example' });
      await jwt.verify(token, { issuer: 'https://id.example' });
      await jwt.verify(token, { issuer: ['https://other.example', 'https://id.example'] });
      await refuses(jwt.verify(token, { issuer: 'https://id.example/' }), 'BAD_CLAIMS', token);
      await refuses(jwt.verify(await foreignToken(fixture, { exp }), { issuer: 'https://id.example' }), 'BAD_CLAIMS');
      await isRefused(fixture, { exp, iss: ['https://id.example'] }, 'BAD_CLAIMS', 'iss');
      await isRefused(fixture, { exp, sub: 5 }, 'BAD_CLAIMS', 'sub');
    },
  },
  {
    title: 'algorithms narrow what is accepted and never widen it',
    run: async (fixture) => {
      const { jwt, algorithm } = fixture;
      const token = await jwt.sign({});
      await jwt.verify(token, { algorithms: [algorithm] });
      await refuses(jwt.verify(token, { algorithms: [] }), 'ALGORITHM', token);
      await refuses(jwt.verify(token, { algorithms: [algorithm === 'HS256' ? 'RS256' : 'HS256'] }), 'ALGORITHM', token);
      await refuses(jwt.verify(token, { algorithms: ['none' as 'HS256'] }), 'ALGORITHM', token);
    },
  },
];
