import { describe, expect, it } from '@jest/globals';
import type { Logger } from '../../../src/foundation/index.js';
import { IssuerJwt, jwtSettings, ProxiedJwtIssuer } from '../../../src/jwt/index.js';
import { createLogger, SecretRedactor } from '../../../src/logging/index.js';
import { openJwt } from '../../../src/orchestrator/open-jwt.js';
import type { PreviousValue } from '../../../src/orchestrator/rotations/previous-values.js';
import { ChainedSecretProvider, MemorySecretProvider, SecretStore } from '../../../src/secrets/index.js';
import { silentLogger } from '../foundation/silent-logger.js';

const [oldKey, newKey] = ['the old key, of more than 32 bytes', 'the new key, of more than 32 bytes'];

function opened(
  values: Record<string, string>,
  logger: Logger = silentLogger,
  previous: readonly PreviousValue[] = [],
  algorithm = 'HS256',
) {
  const provider = new MemorySecretProvider(values);
  const store = new SecretStore({ provider: new ChainedSecretProvider([provider]), redactor: new SecretRedactor() });
  const config = { ...jwtSettings({ algorithm, overlap: '10m' }), secret: 'JWT_KEY' };
  const { ring, broker } = openJwt(config, store, { of: () => previous }, () => true, logger);
  const module = async () => {
    const connection = await broker.open({ moduleId: 'shop', name: 'default', config: null, typedValues: true });
    return new IssuerJwt(new ProxiedJwtIssuer(connection));
  };
  return { ring, module, provider };
}

const signal = new AbortController().signal;

describe('the tokens of an orchestrator', () => {
  it('change their key without a token being refused, whoever signed it when', async () => {
    const { ring, module } = opened({ JWT_KEY: oldKey });
    expect([ring.secret, ring.name]).toEqual(['JWT_KEY', 'the key of tokens']);
    const [login, shop] = [await module(), await module()];
    const tokens = [await login.sign({ n: 1 })];
    const prepared = await ring.prepare(newKey, signal);
    tokens.push(await login.sign({ n: 2 }));
    prepared.activate();
    tokens.push(await login.sign({ n: 3 }));
    await prepared.retire();
    tokens.push(await login.sign({ n: 4 }));
    const verified = await Promise.all(tokens.map((token) => shop.verify<{ n: number }>(token)));
    expect(verified.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
    const kids = tokens.map(
      (token) => (JSON.parse(Buffer.from(token, 'base64url').toString().split('}')[0]! + '}') as { kid: string }).kid,
    );
    expect([kids[0] === kids[1], kids[1] === kids[2], kids[2] === kids[3]]).toEqual([true, false, true]);
  });

  it('refuse tokens that were signed between an activation and its abandonment, and no others', async () => {
    const { ring, module } = opened({ JWT_KEY: oldKey });
    const jwt = await module();
    const before = await jwt.sign({});
    const prepared = await ring.prepare(newKey, signal);
    prepared.activate();
    const between = await jwt.sign({});
    await prepared.abandon();
    await jwt.verify(before);
    await jwt.verify(await jwt.sign({}));
    await expect(jwt.verify(between)).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
  });

  it('accept those of a key that was replaced before it started, until its overlap is over', async () => {
    const before = await opened({ JWT_KEY: oldKey }).module();
    const [token, until] = [await before.sign({}), Date.now() + 60_000];
    const after = await opened({ JWT_KEY: newKey }, silentLogger, [{ value: oldKey, until }]).module();
    await after.verify(token);
    const late = await opened({ JWT_KEY: newKey }, silentLogger, [{ value: oldKey, until: Date.now() - 1 }]).module();
    await expect(late.verify(token)).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
  });

  it('go on with the key in force where the one before it is none for another algorithm', async () => {
    const previous = [{ value: oldKey, until: Date.now() + 60_000 }];
    const jwt = await opened({ JWT_KEY: 'k'.repeat(64) }, silentLogger, previous, 'HS512').module();
    expect(await jwt.verify(await jwt.sign({ n: 1 }))).toMatchObject({ n: 1 });
  });

  it('take a new key before the first token was ever signed', async () => {
    const { ring, module, provider } = opened({ JWT_KEY: oldKey });
    const prepared = await ring.prepare(newKey, signal);
    prepared.activate();
    await provider.set('JWT_KEY', newKey);
    await prepared.retire();
    const jwt = await module();
    expect(await jwt.verify(await jwt.sign({ n: 1 }))).toMatchObject({ n: 1 });
  });

  it('say to a module which secret is missing, and only to the log where it should be', async () => {
    const lines: unknown[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line));
    const logger = createLogger({ redactor: new SecretRedactor(), write });
    const { module, provider } = opened({}, logger);
    const jwt = await module();
    const message = "the key of tokens, secret 'JWT_KEY', was not found";
    await expect(jwt.sign({})).rejects.toMatchObject({ code: 'CONFIGURATION', message });
    expect(lines).toMatchObject([
      {
        msg: 'a secret that is needed could not be read',
        use: 'the key of tokens',
        name: 'JWT_KEY',
        lookedFor: [expect.any(String)],
      },
    ]);
    await provider.set('JWT_KEY', oldKey);
    await jwt.verify(await jwt.sign({}));
  });
});
