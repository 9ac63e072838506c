import { list, map, nullable, withDefault } from './codec/compounds.js';
import { type Field, type FieldValue, mismatch } from './codec/field.js';
import { boolean, oneOf, string, u16, u32, u64, u8 } from './codec/scalars.js';
import { struct } from './codec/struct.js';
import { isWireObject, type WireObject } from './json/wire-json.js';
import type { ServiceType } from './service.js';

const pool = struct({
  max_connections: withDefault(u32, () => 10),
  min_connections: withDefault(u32, () => 2),
  idle_timeout_seconds: withDefault(u64, () => 300),
  max_lifetime_seconds: withDefault(u64, () => 1800),
  acquire_timeout_seconds: withDefault(u64, () => 30),
});

const defaultPool = (): FieldValue<typeof pool.field> => ({
  max_connections: 10,
  min_connections: 2,
  idle_timeout_seconds: 300,
  max_lifetime_seconds: 1800,
  acquire_timeout_seconds: 30,
});

const text = nullable(string);

const secsAndNanos = struct({ secs: u64, nanos: u32 }).field;
const nanosPerSecond = 1_000_000_000;

/** `{ secs, nanos }` and nothing else; whole seconds in its nanos are seconds. */
const duration: Field<WireObject> = (holder, key, reading) => {
  const value = holder[key];
  const isStrict = !isWireObject(value) || Object.keys(value).every((name) => name === 'secs' || name === 'nanos');
  if (!isStrict) return mismatch(key, 'secs and nanos');
  const { secs, nanos } = secsAndNanos(holder, key, reading);
  if (nanos < nanosPerSecond) return { secs, nanos };
  const carried = BigInt(secs) + BigInt(Math.floor(nanos / nanosPerSecond));
  return { secs: u64({ secs: carried }, 'secs', reading), nanos: nanos % nanosPerSecond };
};

/** What Rust peers send as the `config` of a service_request (PROTOCOL section 5), and its parts. */
export const serviceConfigs = {
  pool,
  database: struct({
    db_type: oneOf('postgres', 'mysql', 'sqlite'),
    host: text,
    port: nullable(u16),
    database: string,
    username: text,
    password: text,
    ssl_mode: text,
    pool: withDefault(pool.field, defaultPool),
    extra_params: withDefault(map(string), () => ({})),
  }),
  cache: struct({
    cache_type: oneOf('InMemory', 'Redis', 'Memcached', 'File'),
    policy: oneOf('LRU', 'FIFO', 'MRU', 'LFU', 'None'),
    max_size_bytes: nullable(u64),
    default_ttl_seconds: u64,
    default_ttl: nullable(duration),
    hosts: list(string),
    port: nullable(u16),
    connection_timeout_seconds: u64,
    operation_timeout_seconds: u64,
    username: text,
    password: text,
    tls_enabled: boolean,
    database: nullable(u8),
    file_path: text,
    namespace: text,
    pool: pool.field,
    extra_params: map(string),
  }),
  cacheStats: struct({
    hits: nullable(u64),
    misses: nullable(u64),
    sets: nullable(u64),
    deletes: nullable(u64),
    item_count: nullable(u64),
    memory_used_bytes: nullable(u64),
    additional_metrics: map(string),
  }),
  jwt: struct({ config: withDefault(map(string), () => ({})) }),
};

/**
 * The `config` a plain orchestrator can read: complete as its types want it, with the name of the resource in the field
 * that comes nearest and, as `name`, where our own orchestrator looks for it. It says nothing of addresses or
 * credentials, which are the orchestrator's.
 */
export function plainServiceConfig(type: ServiceType, name: string): WireObject {
  if (type === 'Database') {
    const none = { host: null, port: null, username: null, password: null, ssl_mode: null };
    return { name, db_type: 'sqlite', database: name, ...none, pool: defaultPool(), extra_params: {} };
  }
  if (type === 'Cache') {
    return {
      name,
      cache_type: 'InMemory',
      policy: 'LRU',
      max_size_bytes: 10_485_760,
      default_ttl_seconds: 300,
      default_ttl: null,
      hosts: ['localhost'],
      port: null,
      connection_timeout_seconds: 5,
      operation_timeout_seconds: 2,
      username: null,
      password: null,
      tls_enabled: false,
      database: null,
      file_path: null,
      namespace: name === 'default' ? null : name,
      pool: defaultPool(),
      extra_params: {},
    };
  }
  return type === 'Jwt' ? { name, config: {} } : { name };
}
