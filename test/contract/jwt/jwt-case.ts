import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Jwt, JwtAlgorithm } from '@pywatt/sdk';
import { PyWattError } from '@pywatt/sdk';
import { SignJWT } from 'jose';
import { parseKey } from '../../../src/jwt/parse-key.js';
import type { ContractCase } from '../contract-case.js';

export interface JwtFixture {
  /** No audience and no issuer are configured. */
  readonly jwt: Jwt;
  readonly algorithm: JwtAlgorithm;
  /** The value of the secret with its key. */
  readonly key: string;
}

export type JwtCase = ContractCase<JwtFixture>;

/** A new key as a secret holds it. */
export function newKey(algorithm: JwtAlgorithm): string {
  if (algorithm.startsWith('HS')) return `base64:${randomBytes(64).toString('base64')}`;
  const pem = { format: 'pem', type: 'pkcs8' } as const;
  if (algorithm === 'RS256')
    return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem).toString();
  if (algorithm === 'ES256')
    return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem).toString();
  return generateKeyPairSync('ed25519').privateKey.export(pem).toString();
}

/** A token of somebody else who has the key, with exactly these claims. */
export async function foreignToken(
  { algorithm, key }: JwtFixture,
  claims: object,
  header: object = {},
): Promise<string> {
  const { signing } = parseKey(key, algorithm, 'JWT_KEY');
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: algorithm, ...header }).sign(signing!);
}

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

export const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Holds when the promise rejects with a JwtError of that code that says nothing of the token. */
export async function refuses(work: Promise<unknown>, code: string, token = ''): Promise<PyWattError> {
  const error = await work.then(
    () => assert.fail(`expected ${code}, but it resolved`),
    (reason: unknown) => reason,
  );
  assert.ok(PyWattError.is(error), String(error));
  assert.equal(`${error.family} ${error.code}`, `jwt ${code}`, error.message);
  for (const part of token.split('.').filter(({ length }) => length > 10))
    assert.ok(!JSON.stringify(error).includes(part) && !String(error.stack).includes(part), 'the token leaks');
  return error;
}
