/**
 * The types of PROTOCOL.md sections 1 to 6, written from that document alone, for peers that must not share our code.
 * `reasonAgainst` says why a Rust peer would refuse a line.
 */
type Type = (value: unknown, path: string) => string | undefined;
export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (path: string, what: string) => `${path} must be ${what}`;
const text: Type = (value, path) => (typeof value === 'string' ? undefined : wrong(path, 'a string'));
const flag: Type = (value, path) => (typeof value === 'boolean' ? undefined : wrong(path, 'a boolean'));
const any: Type = (value, path) => (value === undefined ? `${path} is missing` : undefined);
const between =
  (min: number, max: number): Type =>
  (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : wrong(path, `an integer from ${min} to ${max}`);
const u16 = between(0, 65_535);
const uint = between(0, Number.MAX_SAFE_INTEGER);
const option =
  (type: Type): Type =>
  (value, path) =>
    value === undefined || value === null ? undefined : type(value, path);
/** Left out or of the type; null is wrong. */
const defaulted =
  (type: Type): Type =>
  (value, path) =>
    value === undefined ? undefined : type(value, path);
const list =
  (type: Type): Type =>
  (value, path) =>
    Array.isArray(value) ? first(value.map((item, at) => type(item, `${path}[${at}]`))) : wrong(path, 'an array');
const map =
  (type: Type): Type =>
  (value, path) =>
    isObject(value)
      ? first(Object.entries(value).map(([key, item]) => type(item, `${path}.${key}`)))
      : wrong(path, 'an object');
const oneOf =
  (...names: string[]): Type =>
  (value, path) =>
    names.includes(value as string) ? undefined : wrong(path, names.join(' or '));
const fields =
  (types: Readonly<Record<string, Type>>): Type =>
  (value, path) =>
    isObject(value)
      ? first(Object.entries(types).map(([name, type]) => type(value[name], `${path}.${name}`)))
      : wrong(path, 'an object');
const uuid: Type = (value, path) =>
  typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
    ? undefined
    : wrong(path, 'a UUID');
const bytes = list(between(0, 255));
const service: Type = (value, path) =>
  ['Database', 'Cache', 'Jwt'].includes(value as string) ||
  (isObject(value) && Object.keys(value).length === 1 && typeof value['Custom'] === 'string')
    ? undefined
    : wrong(path, 'a service type');
const payload = fields({ data: bytes, format: oneOf('Json', 'Binary', 'Base64', 'Auto') });
const http = { request_id: text, headers: map(text), body: option(bytes) };
const socketAddress: Type = (value, path) =>
  typeof value === 'string' && /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d+$/i.test(value)
    ? undefined
    : wrong(path, 'a literal address and port');

/** The handshake line, section 2. */
export const initLine = fields({
  orchestrator_api: text,
  module_id: text,
  env: map(text),
  listen: text,
  tcp_channel: option(fields({ address: socketAddress, tls_enabled: flag, required: flag })),
  ipc_channel: option(fields({ socket_path: text, required: flag })),
  auth_token: option(text),
  security_level: defaulted(oneOf('None', 'Token', 'Mtls')),
});

/** Section 3. `identify` is not among them: nobody can read it. */
export const fromModule: Readonly<Record<string, Type>> = {
  announce: fields({
    listen: text,
    endpoints: list(fields({ path: text, methods: list(text), auth: option(text) })),
  }),
  get_secret: fields({ name: text }),
  rotation_ack: fields({ rotation_id: text, status: oneOf('success', 'error'), message: option(text) }),
  register_service_provider: fields({
    service_type: service,
    name: text,
    version: option(text),
    address: text,
    metadata: option(map(text)),
  }),
  discover_service_providers: fields({ service_type: service, all_providers: option(flag) }),
  service_request: fields({ id: text, service_type: service }),
  service_operation: fields({ connection_id: text, service_type: service, operation: text, params: any }),
  http_response: fields({ ...http, status_code: u16 }),
  port_request: fields({ request_id: text, specific_port: option(u16) }),
  route_to_module: fields({ target_module_id: text, target_endpoint: text, request_id: uuid, payload }),
  heartbeat_ack: fields({}),
};

/** Section 4, but for init. */
export const fromOrchestrator: Readonly<Record<string, Type>> = {
  init: initLine,
  secret: fields({ name: text, value: text, rotation_id: option(text) }),
  rotated: fields({ keys: list(text), rotation_id: text }),
  shutdown: fields({}),
  register_service_provider_response: fields({ success: flag, provider_id: option(text), error: option(text) }),
  discover_service_providers_response: fields({
    success: flag,
    providers: list(
      fields({
        provider_id: text,
        module_id: text,
        service_type: service,
        name: text,
        version: option(text),
        address: text,
        metadata: map(text),
        is_healthy: flag,
      }),
    ),
    error: option(text),
  }),
  service_response: fields({
    id: text,
    service_type: service,
    success: flag,
    error: option(text),
    connection_id: option(text),
  }),
  service_operation_result: fields({ success: flag, error: option(text) }),
  http_request: fields({ ...http, method: text, uri: text }),
  port_response: fields({ request_id: text, success: flag, port: u16, error_message: option(text) }),
  routed_module_message: fields({ source_module_id: text, original_request_id: uuid, payload }),
  routed_module_response: fields({ source_module_id: text, request_id: uuid, payload }),
  heartbeat: fields({}),
};

/** Section 5: what the config of a service_request must be to be one. */
const pool = fields({
  max_connections: defaulted(uint),
  min_connections: defaulted(uint),
  idle_timeout_seconds: defaulted(uint),
  max_lifetime_seconds: defaulted(uint),
  acquire_timeout_seconds: defaulted(uint),
});
export const serviceConfigs: Readonly<Record<string, Type>> = {
  Database: fields({
    db_type: oneOf('postgres', 'mysql', 'sqlite'),
    database: text,
    host: option(text),
    port: option(u16),
    username: option(text),
    password: option(text),
    ssl_mode: option(text),
    pool: defaulted(pool),
    extra_params: defaulted(map(text)),
  }),
  Cache: fields({
    cache_type: oneOf('InMemory', 'Redis', 'Memcached', 'File'),
    policy: oneOf('LRU', 'FIFO', 'MRU', 'LFU', 'None'),
    max_size_bytes: option(uint),
    default_ttl_seconds: uint,
    default_ttl: option(fields({ secs: uint, nanos: uint })),
    hosts: list(text),
    port: option(u16),
    connection_timeout_seconds: uint,
    operation_timeout_seconds: uint,
    username: option(text),
    password: option(text),
    tls_enabled: flag,
    database: option(between(0, 255)),
    file_path: option(text),
    namespace: option(text),
    pool,
    extra_params: map(text),
  }),
};

/** Section 6: the wrapper Rust writes, and section 1: an envelope around the same. */
export const httpWrapper = fields({
  content: fields({ ...http, status_code: u16 }),
  metadata: fields({ id: uuid, source: text, properties: fields({ correlation_id: text }) }),
});
export const httpEnvelope = fields({
  id: uuid,
  content: fields({ ...http, status_code: u16 }),
  metadata: defaulted(
    fields({ id: option(text), source: option(text), destination: option(text), properties: option(map(any)) }),
  ),
});

/** One line as a tagged message, or why it is none. */
export function readTagged(line: string, types: Readonly<Record<string, Type>>): Json & { op: string } {
  const value: unknown = JSON.parse(line);
  if (!isObject(value) || typeof value['op'] !== 'string') throw new Error('it is no object with an op');
  const type = types[value['op']];
  if (type === undefined) throw new Error(`the op '${value['op']}' is not known`);
  const reason = type(value, value['op']);
  if (reason !== undefined) throw new Error(reason);
  return value as Json & { op: string };
}

function first(reasons: readonly (string | undefined)[]): string | undefined {
  return reasons.find((reason) => reason !== undefined);
}
