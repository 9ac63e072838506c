import type { JsonObject, JsonValue } from '../../foundation/index.js';
import { maxNesting, type WireJson } from '../json/wire-json.js';
import type { EncodedPayload } from '../messages.js';
import { bytes, lenient, list, map, nullable, object, optional } from './compounds.js';
import type { Field, Holder } from './field.js';
import { boolean, count, integer, oneOf, string, u16, u32 } from './scalars.js';
import { struct } from './struct.js';

export const stringMap = map(string);
export const strings = list(string);

/** Of our extensions. */
export const lenientString = lenient(string);
export const lenientBoolean = lenient(boolean);
export const lenientCount = lenient(count);

/** An object that ends up in errors and logs, where an integer beyond 2^53 is as good as its digits. */
export const lenientObject: Field<JsonObject | undefined> = (holder, key, reading) => {
  const value = lenient(object)(holder, key, reading);
  return value === undefined ? undefined : (withoutBigints(value) as JsonObject);
};

function withoutBigints(value: WireJson): JsonValue {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: WireJson) => withoutBigints(item));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutBigints(member)]));
}

/** The capability offer or acceptance; what is none of ours is none. */
export const extensions = lenient(
  struct({
    v: u16,
    features: strings,
    nonce: optional(string),
    limits: lenient(
      struct({
        message_bytes: optional(integer(1, Number.MAX_SAFE_INTEGER)),
        nesting: optional(integer(1, maxNesting)),
      }).field,
    ),
  }).field,
);

export const link = lenient(
  struct({
    launch: string,
    prefer: strings,
    ca: optional(string),
    cert_file: optional(string),
    key_file: optional(string),
    reattach: lenient(struct({ wait_ms: integer(1, 2_147_483_647), ticket: string }).field),
  }).field,
);

/** Ours alone, and the same in both directions. */
export const cancel = struct({ request_id: string });

/** Settings of heartbeats; what is out of range is none, and the defaults hold. Timers count to 2^31 - 1 ms. */
export const heartbeatFields = lenient(
  struct({
    interval_ms: integer(1, 2_147_483_647),
    missed: integer(1, 1_000),
    slow_ms: integer(1, Number.MAX_SAFE_INTEGER),
  }).field,
);

export const payload: Field<EncodedPayload> = struct({
  data: bytes,
  format: oneOf('Json', 'Binary', 'Base64', 'Auto'),
}).field;

/** Beside the error text, E5. */
export const errorExtension = {
  error_code: lenientString,
  retryable: lenientBoolean,
  details: lenientObject,
};

const plainBody = nullable(bytes);

/** An array of bytes or null; between our own ends the bytes themselves, or base64 in `body_b64` beside null. */
export const body: Field<Uint8Array | null> = (holder, key, reading) => {
  const base64 = holder['body_b64'];
  return plainBody(holder, key, reading) ?? (typeof base64 === 'string' ? Buffer.from(base64, 'base64') : null);
};

/** The same for the bytes of a stream, which only our own ends know. */
const streamData: Field<Uint8Array> = (holder, key, reading) => {
  const base64 = holder['data_b64'];
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : bytes(holder, key, reading);
};

/** The same in both directions. */
export const streamStructs = {
  stream_data: struct({ stream_id: string, data: streamData }),
  stream_credit: struct({ stream_id: string, bytes: count }),
  stream_end: struct({ stream_id: string, bytes: count, checksum: u32 }),
  stream_abort: struct({ stream_id: string, error: string }, { error_code: lenientString }),
};

const pair: Field<readonly [string, string]> = (holder, key, reading) => {
  const [name, value] = strings(holder, key, reading);
  return [name ?? string(holder[key] as Holder, 0, reading), value ?? string(holder[key] as Holder, 1, reading)];
};

/** Repeated headers, E4. */
export const headerPairs = lenient(list(pair));
