import { createHmac, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { encoded, foreignToken, inSeconds, type JwtCase, newKey, refuses } from './jwt-case.js';

const claims = () => ({ sub: 'admin', exp: inSeconds(600) });

export const attackCases: readonly JwtCase[] = [
  {
    title: 'a token with the algorithm none is refused, however it is spelled',
    run: async ({ jwt }) => {
      for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
        for (const signature of ['', 'AAAA']) {
          const token = `${encoded({ alg, typ: 'JWT' })}.${encoded(claims())}.${signature}`;
          await refuses(jwt.verify(token), alg === '' ? 'MALFORMED' : 'ALGORITHM', token);
        }
      }
    },
  },
  {
    title: 'a public key as the shared key of an HMAC proves nothing',
    run: async ({ jwt, algorithm, key }) => {
      const keys = algorithm.startsWith('HS')
        ? [key, '']
        : (['pem', 'der'] as const).map(
            (format) => createPublicKey(key).export({ format, type: 'spki' } as never) as string,
          );
      for (const shared of keys) {
        for (const hash of ['256', '384', '512']) {
          const signed = `${encoded({ alg: `HS${hash}` })}.${encoded(claims())}`;
          const signature = createHmac(`sha${hash}`, shared).update(signed).digest('base64url');
          const isOwn = algorithm === `HS${hash}`;
          await refuses(jwt.verify(`${signed}.${signature}`), isOwn ? 'BAD_SIGNATURE' : 'ALGORITHM', signature);
        }
      }
    },
  },
  {
    title: 'a payload, a header or a signature that was altered is refused',
    run: async (fixture) => {
      const token = await fixture.jwt.sign({ sub: 'user' });
      const [header, , signature] = token.split('.') as [string, string, string];
      const altered = `${header}.${encoded(claims())}.${signature}`;
      await refuses(fixture.jwt.verify(altered), 'BAD_SIGNATURE', altered);
      const other = await fixture.jwt.sign({ sub: 'other' });
      const swapped = [...token.split('.').slice(0, 2), other.split('.')[2]].join('.');
      await refuses(fixture.jwt.verify(swapped), 'BAD_SIGNATURE', swapped);
      const reheaded = [encoded({ alg: fixture.algorithm, kid: 'x' }), ...token.split('.').slice(1)].join('.');
      await refuses(fixture.jwt.verify(reheaded), 'BAD_SIGNATURE', reheaded);
      const cut = token.slice(0, -4);
      await refuses(fixture.jwt.verify(cut), 'BAD_SIGNATURE', cut);
    },
  },
  {
    title: 'a key that the token brings along, or points at, is not used',
    run: async (fixture) => {
      const mine = { ...fixture, key: newKey(fixture.algorithm) };
      const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
      for (const header of [
        { jwk },
        { jku: 'http://127.0.0.1:1/keys' },
        { x5u: 'http://127.0.0.1:1/' },
        { kid: '../../dev/null' },
      ]) {
        const token = await foreignToken(mine, claims(), header);
        await refuses(fixture.jwt.verify(token), 'BAD_SIGNATURE', token);
      }
    },
  },
  {
    title: 'headers that must be understood and are not are refused',
    run: async (fixture) => {
      const key = randomBytes(64);
      const header = { alg: 'HS256', crit: ['exp'], exp: 1 };
      const foreign = await new SignJWT(claims()).setProtectedHeader(header).sign(key, { crit: { exp: true } });
      const forged = [encoded({ ...header, alg: fixture.algorithm }), ...foreign.split('.').slice(1)].join('.');
      await refuses(fixture.jwt.verify(forged), 'MALFORMED', forged);
      const unencoded = [encoded({ alg: fixture.algorithm, b64: false, crit: ['b64'] }), 'e30', 'AAAA'].join('.');
      await refuses(fixture.jwt.verify(unencoded), 'BAD_SIGNATURE', unencoded);
    },
  },
  {
    title: 'garbage is refused as what it is',
    run: async ({ jwt, algorithm }) => {
      const header = encoded({ alg: algorithm });
      const texts = [
        '',
        '.',
        '..',
        '...',
        'a.b',
        'a.b.c.d',
        'null',
        ' ',
        '\0',
        '🙂.🙂.🙂',
        'Bearer x.y.z',
        `${header}.e30.é`,
      ];
      const headers = ['bnVsbA', 'W10', 'Im5vbmUi', 'e30', encoded({ alg: 5 }), encoded({ alg: [algorithm] }), '____'];
      for (const token of [...texts, ...headers.map((each) => `${each}.e30.AAAA`)])
        await refuses(jwt.verify(token), 'MALFORMED');
      const others: unknown[] = [undefined, null, 5, {}, [], Buffer.from('x')];
      for (const token of others) await refuses(jwt.verify(token as string), 'MALFORMED');
    },
  },
];

export const closeCases: readonly JwtCase[] = [
  {
    title: 'a Jwt that is closed refuses to sign and to verify, and closes again',
    run: async ({ jwt }) => {
      const token = await jwt.sign({});
      await jwt.close();
      await jwt.close();
      await refuses(jwt.sign({}), 'CLOSED');
      await refuses(jwt.verify(token), 'CLOSED', token);
    },
  },
];
