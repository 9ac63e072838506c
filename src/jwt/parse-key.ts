import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { isJsonObject, type JsonObject } from '../foundation/index.js';
import { type JwtAlgorithm, sharedKeyBytes } from './jwt-algorithm.js';
import { JwtError } from './jwt-error.js';

/** A key that was found usable with its algorithm. */
export interface JwtKey {
  /** The `kid` of its tokens: random for a shared key, else the thumbprint of the public part (RFC 7638). */
  readonly id: string;
  /** Undefined for a public key, which can only verify. */
  readonly signing: KeyObject | undefined;
  readonly verifying: KeyObject;
}

/**
 * The key in the value of a secret. Shared keys: text as it is, bytes as `base64:…`, or a JWK. The others: PEM (PKCS #8,
 * or SPKI for a public key) or a JWK. Throws JwtError KEY naming the secret and the cure, never with a part of the
 * value: what the parsers themselves say may quote it.
 */
export function parseKey(value: string, algorithm: JwtAlgorithm, secret: string): JwtKey {
  const refuse = (why: string) => new JwtError('KEY', `secret '${secret}' is no key for ${algorithm}: ${why}`);
  const fewest = sharedKeyBytes[algorithm];
  return fewest === undefined ? keyPair(value, algorithm, refuse) : sharedKey(value, fewest, refuse);
}

type Refuse = (why: string) => JwtError;

function sharedKey(value: string, fewest: number, refuse: Refuse): JwtKey {
  if (isPem(value)) throw refuse('it is in PEM form, which is for RS256, ES256 and EdDSA; a shared key is random text');
  const bytes = sharedBytes(value, refuse);
  if (bytes.length < fewest)
    throw refuse(`it is too short; at least ${fewest} bytes are needed, such as openssl rand -base64 ${fewest} prints`);
  const key = createSecretKey(bytes);
  return { id: randomBytes(9).toString('base64url'), signing: key, verifying: key };
}

function sharedBytes(value: string, refuse: Refuse): Buffer {
  if (value.startsWith('base64:'))
    return base64(value.slice('base64:'.length), 'after base64: stands no base64', refuse);
  const jwk = jwkIn(value);
  if (!jwk) return Buffer.from(value);
  if (jwk['kty'] !== 'oct' || typeof jwk['k'] !== 'string') throw refuse("its JWK is not of the type 'oct' with a 'k'");
  return base64(jwk['k'], "the 'k' of its JWK is no base64url", refuse);
}

/** Node skips what is not base64, so the alphabet is looked at first. */
function base64(text: string, why: string, refuse: Refuse): Buffer {
  const trimmed = text.trim();
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed)) throw refuse(why);
  return Buffer.from(trimmed, 'base64');
}

function keyPair(value: string, algorithm: JwtAlgorithm, refuse: Refuse): JwtKey {
  const jwk = jwkIn(value);
  if (!jwk && !isPem(value)) throw refuse('it is neither a PEM file (PKCS #8, or SPKI for a public key) nor a JWK');
  const signing = read(() => privateKey(value, jwk));
  const verifying = read(() => (signing ? createPublicKey(signing) : publicKey(value, jwk)));
  if (!verifying)
    throw refuse(`its ${jwk ? 'JWK' : 'PEM text'} cannot be read; is it damaged, or encrypted with a passphrase?`);
  checkKind(verifying, algorithm, refuse);
  return { id: thumbprint(verifying), signing, verifying };
}

function privateKey(value: string, jwk: JsonObject | undefined): KeyObject | undefined {
  if (jwk) return jwk['d'] === undefined ? undefined : createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  return /PRIVATE KEY-----/.test(value) ? createPrivateKey(value) : undefined;
}

function publicKey(value: string, jwk: JsonObject | undefined): KeyObject {
  return jwk ? createPublicKey({ key: { ...jwk }, format: 'jwk' }) : createPublicKey(value);
}

function read(parse: () => KeyObject | undefined): KeyObject | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function checkKind(key: KeyObject, algorithm: JwtAlgorithm, refuse: Refuse): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (algorithm === 'RS256') {
    if (type !== 'rsa') throw refuse(`it is a key of the type ${type}, not rsa`);
    if ((details.modulusLength ?? 0) < 2048) throw refuse('its RSA key is shorter than 2048 bits');
  } else if (algorithm === 'ES256') {
    if (type !== 'ec' || details.namedCurve !== 'prime256v1') throw refuse('it is not a key of the curve P-256');
  } else if (type !== 'ed25519') {
    throw refuse(`it is a key of the type ${type}, not ed25519`);
  }
}

function thumbprint(key: KeyObject): string {
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url');
}

const isPem = (value: string): boolean => /^\s*-----BEGIN /.test(value);

function jwkIn(value: string): JsonObject | undefined {
  if (!/^\s*\{/.test(value)) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isJsonObject(parsed) && typeof parsed['kty'] === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}
