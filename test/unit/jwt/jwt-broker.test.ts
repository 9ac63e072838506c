import { describe, expect, it } from '@jest/globals';
import type { JsonObject, TokenChecks } from '../../../src/foundation/index.js';
import { IssuerJwt, JwtBroker, type JwtIssuer, ProxiedJwtIssuer } from '../../../src/jwt/index.js';
import { WireError } from '../../../src/foundation/index.js';
import type { ServiceConnection, WireJson } from '../../../src/wire/index.js';
import { silentLogger } from '../foundation/silent-logger.js';

/** Holds no key and notes what it is asked. */
class NotingIssuer implements JwtIssuer {
  readonly description = 'noted';
  readonly asked: unknown[] = [];
  claims: JsonObject = { sub: 'u', exp: 4_102_444_800 };

  async generate(claims: JsonObject, options: object): Promise<string> {
    this.asked.push(['generate', claims, options]);
    return 'a.b.c';
  }
  async validate(token: string, checks: TokenChecks): Promise<JsonObject> {
    this.asked.push(['validate', token, checks]);
    return this.claims;
  }
  async close(): Promise<void> {
    throw new Error('the issuer belongs to the orchestrator');
  }
}

async function brokered({ maySign = true, typedValues = true } = {}) {
  const issuer = new NotingIssuer();
  const broker = new JwtBroker({ issuer, maySign: () => maySign, logger: silentLogger });
  const connection = await broker.open({ moduleId: 'shop', name: 'default', config: null, typedValues });
  return { issuer, broker, connection };
}

describe('the broker of tokens', () => {
  it('serves the operations of the protocol', async () => {
    const { issuer, broker, connection } = await brokered();
    expect(broker.operations).toEqual(['validate', 'generate']);
    expect(await connection.call('generate', { claims: { a: 1 } })).toBe('a.b.c');
    expect(await connection.call('validate', { token: 'a.b.c' })).toEqual(issuer.claims);
    expect(await connection.call('close', {})).toBeNull();
    await expect(connection.call('validate', { token: 'a.b.c' })).rejects.toMatchObject({ code: 'CLOSED' });
    await connection.close();
  });

  it.each<[string, WireJson]>([
    ['validate', null],
    ['validate', {}],
    ['validate', { token: 5 }],
    ['validate', { token: null }],
    ['validate', ['a.b.c']],
    ['validate', { token: 'a.b.c', audience: 5 }],
    ['validate', { token: 'a.b.c', issuer: [5] }],
    ['generate', {}],
    ['generate', { claims: null }],
    ['generate', { claims: [] }],
    ['generate', { claims: 'text' }],
    ['generate', { claims: { data: Buffer.from('x') } }],
    ['generate', { claims: {}, key_id: 5 }],
  ])('refuses %s with %j', async (operation, params) => {
    const { issuer, connection } = await brokered();
    await expect(connection.call(operation, params)).rejects.toMatchObject({ family: 'jwt', code: 'MALFORMED' });
    expect(issuer.asked).toEqual([]);
  });

  it.each(['sign', 'validat', 'constructor', '__proto__', ''])('has no operation %p', async (operation) => {
    const { connection } = await brokered();
    await expect(connection.call(operation, {})).rejects.toMatchObject({ code: 'OPERATION' });
  });

  it('signs nothing for a module that may only verify, and says so when it opens', async () => {
    const { issuer, connection } = await brokered({ maySign: false });
    expect(connection.info).toEqual({ description: 'noted, verify only' });
    await expect(connection.call('generate', { claims: {} })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await connection.call('validate', { token: 'a.b.c' });
    expect(issuer.asked).toHaveLength(1);
  });

  it('reads integers of 64 bits as tokens can hold them', async () => {
    const { issuer, connection } = await brokered();
    await connection.call('generate', { claims: { n: 2n ** 63n, list: [1n] } });
    expect(issuer.asked).toEqual([['generate', { n: 2 ** 63, list: [1] }, { keyId: undefined }]]);
  });
});

describe('a module at the other end', () => {
  it('sends what was agreed on to one of ours, and only the protocol to a plain peer', async () => {
    for (const [typedValues, checks, keyId] of [
      [true, { audience: 'a', issuer: ['i', 'j'] }, 'k'],
      [false, { audience: undefined, issuer: undefined }, undefined],
    ] as const) {
      const { issuer, connection } = await brokered({ typedValues });
      issuer.claims = { aud: ['a', 'b'], iss: 'i', exp: 4_102_444_800 };
      const jwt = new IssuerJwt(new ProxiedJwtIssuer(connection));
      await jwt.sign({ n: 1 }, { keyId: 'k' });
      await jwt.verify('e30.e30.AAAA', { audience: 'a', issuer: ['i', 'j'] });
      expect(issuer.asked).toEqual([
        ['generate', { n: 1 }, { keyId }],
        ['validate', 'e30.e30.AAAA', checks],
      ]);
    }
  });

  it('refuses what the other end let pass', async () => {
    const { issuer, connection } = await brokered();
    issuer.claims = { aud: 'other', exp: 4_102_444_800 };
    const jwt = new IssuerJwt(new ProxiedJwtIssuer(connection));
    await expect(jwt.verify('e30.e30.AAAA', { audience: 'a' })).rejects.toMatchObject({ details: { claim: 'aud' } });
  });

  it('tells failures of the wire as what they mean for tokens', async () => {
    for (const [wire, code] of [
      ['CHANNEL_CLOSED', 'CONNECTION'],
      ['BACKPRESSURE', 'CONNECTION'],
      ['CALL_TIMEOUT', 'TIMEOUT'],
      ['MESSAGE_INVALID', 'OPERATION'],
    ] as const) {
      const failing: ServiceConnection = {
        info: {},
        typedValues: true,
        call: () => Promise.reject(new WireError(wire, 'as the test wants', { retryable: true })),
        close: () => Promise.resolve(),
      };
      const work = new IssuerJwt(new ProxiedJwtIssuer(failing)).sign({});
      await expect(work).rejects.toMatchObject({ family: 'jwt', code, retryable: true });
    }
  });

  it('refuses an answer that is none', async () => {
    for (const answer of [null, 5, [], 'text']) {
      const odd: ServiceConnection = {
        info: {},
        typedValues: true,
        call: async (operation) => (operation === 'generate' && answer === 'text' ? null : answer),
        close: () => Promise.resolve(),
      };
      const jwt = new IssuerJwt(new ProxiedJwtIssuer(odd));
      await expect(jwt.verify('e30.e30.AAAA')).rejects.toMatchObject({ code: 'MALFORMED' });
      await expect(jwt.sign({})).rejects.toMatchObject({ code: 'MALFORMED' });
    }
  });
});
