import {
  alteredByJson,
  durationMs,
  isJsonObject,
  isWellFormed,
  type JsonObject,
  type JsonValue,
  type TokenChecks,
} from '../foundation/index.js';
import type { JwtSignOptions } from './jwt.js';
import { JwtError } from './jwt-error.js';
import { expired, notYetValid, wrongClaim } from './token-refusal.js';

const maxNesting = 32;

/**
 * What goes into a token: a copy of `claims` with those that the options stand for. Throws JwtError BAD_CLAIMS for what
 * JSON cannot hold, for a registered claim of the wrong type and for one that is given twice; ValueError for a duration.
 */
export function claimsToSign(claims: object, options: JwtSignOptions, nowMs: number): JsonObject {
  const copy = copied(claims, '', 0);
  if (!isJsonObject(copy)) throw badClaims('the claims must be an object');
  const { expiresIn, notBefore, audience, issuer, subject } = options;
  const now = Math.floor(nowMs / 1000);
  const inSeconds = (duration: NonNullable<typeof expiresIn>, what: string) =>
    now + Math.ceil(durationMs(duration, what) / 1000);
  const given: Record<string, JsonValue | undefined> = {
    exp: expiresIn === undefined ? undefined : inSeconds(expiresIn, 'expiresIn'),
    nbf: notBefore === undefined ? undefined : inSeconds(notBefore, 'notBefore'),
    aud: audience,
    iss: issuer,
    sub: subject,
  };
  const result: Record<string, JsonValue> = { ...copy };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (Object.hasOwn(copy, name)) throw badClaims(`'${name}' is given twice, as a claim and as an option; keep one`);
    result[name] = value;
  }
  checkClaimTypes(result);
  return result;
}

const times = ['exp', 'nbf', 'iat'];
const texts = ['iss', 'sub', 'jti'];

/** Throws JwtError BAD_CLAIMS for a registered claim that is not of its type (RFC 7519, 4.1). */
export function checkClaimTypes(claims: JsonObject): void {
  const own = (name: string) => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  for (const name of times) {
    const value = own(name);
    if (value !== undefined && typeof value !== 'number') throw wrongClaim(name, 'is no number of seconds');
  }
  for (const name of texts) {
    const value = own(name);
    if (value !== undefined && typeof value !== 'string') throw wrongClaim(name, 'is no text');
  }
  const audience = own('aud');
  const isAudience = typeof audience === 'string' || (Array.isArray(audience) && audience.every(isText));
  if (audience !== undefined && !isAudience) throw wrongClaim('aud', 'is neither text nor a list of texts');
}

/**
 * Throws JwtError unless the claims have an `exp` that is not over and no `nbf` that is still to come. For peers of whom
 * nobody knows whether they look.
 */
export function checkTimes(claims: JsonObject, nowMs: number, toleranceMs: number): void {
  checkClaimTypes(claims);
  const { exp, nbf } = claims;
  if (typeof exp !== 'number') throw wrongClaim('exp', 'is missing');
  if (exp * 1000 <= nowMs - toleranceMs) throw expired();
  if (typeof nbf === 'number' && nbf * 1000 > nowMs + toleranceMs) throw notYetValid();
}

/** Throws JwtError BAD_CLAIMS unless the claims are meant for one of the audiences and come from one of the issuers. */
export function checkExpected(claims: JsonObject, { audience, issuer }: TokenChecks): void {
  const meant = asList(claims['aud']);
  if (audience !== undefined && !asList(audience).some((each) => meant.includes(each)))
    throw wrongClaim('aud', 'does not name this audience');
  if (issuer !== undefined && !asList(issuer).includes(claims['iss']))
    throw wrongClaim('iss', 'is not an issuer that is accepted');
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

const isText = (value: unknown): boolean => typeof value === 'string';

/** What `JSON.parse` would make of it, so that both worlds sign the same. */
function copied(value: unknown, path: string, depth: number): JsonValue {
  const altered = alteredByJson(value);
  if (altered !== undefined) throw badClaims(`${nameOf(path)} is ${altered}, which a token cannot carry`);
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') {
    if (isWellFormed(value)) return value;
    throw badClaims(`${nameOf(path)} is text that holds half of a surrogate pair`);
  }
  if (typeof value !== 'object') throw badClaims(`${nameOf(path)} is ${typeof value}, which a token cannot carry`);
  if (depth >= maxNesting) throw badClaims(`the claims nest deeper than ${maxNesting} levels, or contain themselves`);
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return copied((value as { toJSON(): unknown }).toJSON(), path, depth + 1);
  if (Array.isArray(value)) return value.map((item: unknown, index) => copied(item, `${path}[${index}]`, depth + 1));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [name, copied(member, path === '' ? name : `${path}.${name}`, depth + 1)]),
  );
}

function nameOf(path: string): string {
  return path === '' ? 'the value given as claims' : `the claim '${path}'`;
}

function badClaims(message: string): JwtError {
  return new JwtError('BAD_CLAIMS', message);
}
