import type { WireJson } from '../../src/wire/index.js';
import { list, map, nullable } from '../../src/wire/codec/compounds.js';
import type { Field } from '../../src/wire/codec/field.js';
import { endpoint, moduleStructs } from '../../src/wire/codec/module-structs.js';
import { payload } from '../../src/wire/codec/message-fields.js';
import { orchestratorStructs } from '../../src/wire/codec/orchestrator-structs.js';
import {
  boolean,
  json,
  number,
  oneOf,
  optionalJson,
  serviceType,
  string,
  u32,
  u64,
  u8,
  uuid,
} from '../../src/wire/codec/scalars.js';
import { listenAddress } from '../../src/wire/codec/socket-address.js';
import { struct } from '../../src/wire/codec/struct.js';
import { decodeInitLine, decodeModuleMessage, decodeOrchestratorLine, moduleMessage } from '../../src/wire/decode.js';
import { encodeMessage } from '../../src/wire/encode.js';
import { decodeEnvelope, encodeEnvelope } from '../../src/wire/envelope.js';
import { readExactJson } from '../../src/wire/json/exact-json.js';
import { maxNesting } from '../../src/wire/json/wire-json.js';
import { writeJson } from '../../src/wire/json/write-json.js';
import type { WireMessage } from '../../src/wire/messages.js';
import { httpOverTcp, registrationRequests, registrationResponses } from '../../src/wire/registration.js';
import { serviceConfigs } from '../../src/wire/service-config.js';
import { fail } from './vector.js';

/** Reads one text as a type of the protocol and writes it again; throws when our parser refuses it. */
export type RoundTrip = (text: string) => string;

const plain = { extensions: false };

/** Bytes as the peers write them, wherever they stand. */
function withByteArrays(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(withByteArrays);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withByteArrays(member)]));
}

const write = (value: unknown) => writeJson(withByteArrays(value));

function roundTripOf(field: Field<unknown>): RoundTrip {
  return (text) => {
    const { value, facts } = readExactJson(text, maxNesting, field.known);
    return write(field({ value }, 'value', { facts, takesPython: false }));
  };
}

function ofLine(
  decode: (line: string) => { readonly kind: string; readonly message?: WireMessage; readonly reason?: string },
): RoundTrip {
  return (text) => {
    const decoded = decode(text);
    if (decoded.message === undefined) throw new Error(decoded.reason ?? decoded.kind);
    return encodeMessage(decoded.message, plain);
  };
}

function enveloped(content: Field<unknown>): RoundTrip {
  return (text) => {
    const envelope = decodeEnvelope(text, content);
    return encodeEnvelope(envelope.id, write(envelope.content), envelope.metadata);
  };
}

const streamTypes: Readonly<Record<string, Field<unknown>>> = {
  stream_chunk: struct({
    stream_id: uuid,
    sequence: u64,
    total_chunks: nullable(u64),
    data: list(u8),
    compressed: boolean,
    checksum: nullable(u32),
    is_final: boolean,
    stream_metadata: optionalJson,
  }).field,
  stream_ack: struct({ stream_id: uuid, sequence: u64, success: boolean, error: nullable(string) }).field,
  pubsub: struct({
    topic: string,
    payload: list(u8),
    priority: string,
    ttl: nullable(struct({ secs: u64, nanos: u32 }).field),
    publisher: nullable(string),
    metadata: map(string),
  }).field,
  channel_capabilities: struct({
    module_messaging: boolean,
    http_proxy: boolean,
    service_calls: boolean,
    file_transfer: boolean,
    streaming: boolean,
    batching: boolean,
    compression: boolean,
    max_message_size: u64,
  }).field,
  routing_matrix: map(
    struct({ primary: string, fallback: nullable(string), conditions: list(json), weight: number }).field,
  ),
  http_ipc_api: struct({ status: oneOf('success', 'error'), data: optionalJson, message: nullable(string) }).field,
};

const named = (structs: Readonly<Record<string, { readonly field: Field<unknown> }>>, suffix = '') =>
  Object.fromEntries(Object.entries(structs).map(([name, { field }]) => [`${name}${suffix}`, field]));

/** Types that stand by themselves or in an envelope. */
const fields = new Map<string, Field<unknown>>(
  Object.entries({
    ...named(moduleStructs),
    ...named(orchestratorStructs),
    value: json,
    database_config: serviceConfigs.database.field,
    cache_config: serviceConfigs.cache.field,
    pool_config: serviceConfigs.pool.field,
    cache_stats: serviceConfigs.cacheStats.field,
    jwt_config: serviceConfigs.jwt.field,
    cache_type: oneOf('InMemory', 'Redis', 'Memcached', 'File'),
    cache_policy: oneOf('LRU', 'FIFO', 'MRU', 'LFU', 'None'),
    service_type: serviceType,
    security_level: oneOf('None', 'Token', 'Mtls'),
    listen_address: listenAddress,
    endpoint: endpoint.field,
    encoded_message: payload,
    ...named(registrationRequests, '_request'),
    ...named(registrationResponses, '_response'),
    http_tcp_request: httpOverTcp.request.field,
    http_tcp_response: httpOverTcp.response.field,
    ...streamTypes,
  }),
);

const lines = new Map<string, RoundTrip>(
  Object.entries({
    init_line: (text: string) => {
      const { op: _, ...init } = JSON.parse(ofLine(decodeInitLine)(text)) as Record<string, WireJson>;
      return writeJson(init);
    },
    orchestrator_to_module: ofLine(decodeOrchestratorLine),
    module_to_orchestrator: ofLine(decodeModuleMessage),
  }),
);

/** Reader and writer of a type by the name vectors give it, such as `secret` or `message<http_response>`. */
export function wireType(name: string): RoundTrip {
  const line = lines.get(name);
  if (line !== undefined) return line;
  const content = /^message<(.*)>$/.exec(name)?.[1];
  const field = content === 'module_to_orchestrator' ? moduleMessage : fields.get(content ?? name);
  if (field === undefined) return fail(`there is no parser for the type '${name}'`);
  return content === undefined ? roundTripOf(field) : enveloped(field);
}
