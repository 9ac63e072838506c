import { isJsonObject, type JsonObject, type JsonValue, type TokenChecks } from '../foundation/index.js';
import { isWireObject, type WireJson, type WireObject } from '../wire/index.js';
import { JwtError } from './jwt-error.js';
import type { IssueOptions, JwtIssuer } from './jwt-issuer.js';

/** How one thing stands in a message. `write` may add what the protocol does not have when `typedValues` is true. */
interface Form<T> {
  write(value: T, typedValues: boolean): WireJson;
  /** Throws JwtError MALFORMED. */
  read(json: WireJson | undefined): T;
}

/** One operation on the wire: its parameters, its result, and what it does with an issuer. */
export interface JwtCall<P, R> {
  readonly params: Form<P>;
  readonly result: Form<R>;
  perform(issuer: JwtIssuer, params: P): Promise<R>;
}

export type ValidateParams = TokenChecks & { readonly token: string };
export type GenerateParams = IssueOptions & { readonly claims: JsonObject };

const textForm: Form<string> = {
  write: (text) => text,
  read: (json) => {
    if (typeof json === 'string') return json;
    throw malformed('a token must be text');
  },
};

const claimsForm: Form<JsonObject> = {
  write: (claims) => claims,
  read: (json) => {
    const claims = json === undefined ? undefined : plain(json);
    if (isJsonObject(claims)) return claims;
    throw malformed('claims must be an object');
  },
};

const validateForm: Form<ValidateParams> = {
  write: ({ token, audience, issuer }, typed) => ({
    token,
    ...(typed && audience !== undefined && { audience: namesToWire(audience) }),
    ...(typed && issuer !== undefined && { issuer: namesToWire(issuer) }),
  }),
  read: (json) => {
    const { token, audience, issuer } = fieldsOf(json);
    return { token: textForm.read(token), audience: names(audience, 'audience'), issuer: names(issuer, 'issuer') };
  },
};

const generateForm: Form<GenerateParams> = {
  write: ({ claims, keyId }, typed) => ({
    claims: claimsForm.write(claims, typed),
    ...(typed && keyId !== undefined && { key_id: keyId }),
  }),
  read: (json) => {
    const { claims, key_id: keyId } = fieldsOf(json);
    if (keyId !== undefined && keyId !== null && typeof keyId !== 'string') throw malformed("'key_id' must be text");
    return { claims: claimsForm.read(claims), keyId: keyId ?? undefined };
  },
};

/** The operations of the jwt service, by their name on the wire. Proxy and broker both read this table. */
export const jwtCalls = {
  validate: call(validateForm, claimsForm, (issuer, { token, ...checks }) => issuer.validate(token, checks)),
  generate: call(generateForm, textForm, (issuer, { claims, keyId }) => issuer.generate(claims, { keyId })),
};

export type JwtOperation = keyof typeof jwtCalls;

function call<P, R>(
  params: Form<P>,
  result: Form<R>,
  perform: (issuer: JwtIssuer, params: P) => Promise<R>,
): JwtCall<P, R> {
  return { params, result, perform };
}

function namesToWire(list: string | readonly string[]): WireJson {
  return typeof list === 'string' ? list : [...list];
}

function names(json: WireJson | undefined, what: string): string | readonly string[] | undefined {
  if (json === undefined || json === null) return undefined;
  if (typeof json === 'string') return json;
  if (Array.isArray(json) && json.every((each) => typeof each === 'string')) return json;
  throw malformed(`'${what}' must be text or a list of texts`);
}

/** Tokens hold JSON as JavaScript reads it: integers beyond 2^53 are the nearest number. */
function plain(json: WireJson): JsonValue {
  if (typeof json === 'bigint') return Number(json);
  if (Array.isArray(json)) return json.map((item: WireJson) => plain(item));
  if (isWireObject(json)) return Object.fromEntries(Object.entries(json).map(([name, item]) => [name, plain(item)]));
  if (json instanceof Uint8Array) throw malformed('claims must be JSON');
  return json as JsonValue;
}

function fieldsOf(json: WireJson | undefined): WireObject {
  if (isWireObject(json)) return json;
  throw malformed('the parameters must be an object');
}

function malformed(what: string): JwtError {
  return new JwtError('MALFORMED', `${what} in this operation on tokens`);
}
