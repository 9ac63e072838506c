import { isJsonObject, type JsonObject, messageOf } from '../foundation/index.js';
import { defined, FieldReader } from './field-reader.js';
import type { Endpoint, Extensions, ModuleMessage, OrchestratorMessage } from './messages.js';

/** What one line turned out to be. */
export type Decoded<M> =
  | { readonly kind: 'message'; readonly message: M; readonly nonce: string | undefined }
  /** JSON with an `op` nobody here knows: logged and skipped, as the protocol says. */
  | { readonly kind: 'unknown'; readonly op: string }
  /** Not a message: no JSON object, no op, or a field that is wrong. */
  | { readonly kind: 'malformed'; readonly reason: string };

type Decoders<M> = Readonly<Record<string, (fields: FieldReader) => M>>;

const u16 = 65_535;
const maxCount = Number.MAX_SAFE_INTEGER;

const orchestratorDecoders: Decoders<OrchestratorMessage> = {
  init: (f) => ({
    op: 'init',
    orchestrator_api: f.string('orchestrator_api'),
    module_id: f.string('module_id'),
    env: f.stringMap('env'),
    listen: f.string('listen'),
    ...defined({
      security_level: securityLevel(f),
      ext: extensions(f),
      grants: f.optionalObject('grants'),
    }),
  }),
  secret: (f) => ({
    op: 'secret',
    name: f.string('name'),
    value: f.string('value'),
    ...defined({
      rotation_id: f.optionalString('rotation_id'),
      request_id: f.optionalString('request_id'),
      found: f.optionalBoolean('found'),
      error: f.optionalString('error'),
      error_code: f.optionalString('error_code'),
      version: f.optionalString('version'),
    }),
  }),
  rotated: (f) => {
    const reason = f.optionalString('reason');
    return {
      op: 'rotated',
      keys: f.strings('keys'),
      rotation_id: f.string('rotation_id'),
      ...(reason === 'rollback' || reason === 'rotation' ? { reason } : {}),
      ...defined({
        deadline_ms: f.optionalInteger('deadline_ms', 0, maxCount),
        overlap_ms: f.optionalInteger('overlap_ms', 0, maxCount),
      }),
    };
  },
  shutdown: (f) => ({
    op: 'shutdown',
    ...defined({ grace_ms: f.optionalInteger('grace_ms', 0, maxCount), reason: f.optionalString('reason') }),
  }),
  service_response: (f) => ({
    op: 'service_response',
    id: f.string('id'),
    service_type: f.serviceType(),
    success: f.boolean('success'),
    error: f.optionalString('error') ?? null,
    connection_id: f.optionalString('connection_id') ?? null,
    ...defined({ ...errorExtension(f), info: f.optionalObject('info') }),
  }),
  service_operation_result: (f) => ({
    op: 'service_operation_result',
    success: f.boolean('success'),
    result: f.raw('result'),
    error: f.optionalString('error') ?? null,
    ...defined({ ...errorExtension(f), request_id: f.optionalString('request_id'), connection_id: connectionOf(f) }),
  }),
  http_request: (f) => ({
    op: 'http_request',
    request_id: f.string('request_id'),
    method: f.string('method'),
    uri: f.string('uri'),
    headers: f.stringMap('headers'),
    body: f.body(),
    ...defined({ headers_multi: f.headerPairs('headers_multi') }),
  }),
  port_response: (f) => ({
    op: 'port_response',
    request_id: f.string('request_id'),
    success: f.boolean('success'),
    port: f.integer('port', 0, u16),
    error_message: f.optionalString('error_message') ?? null,
  }),
  heartbeat: (f) => ({ op: 'heartbeat', ...defined({ seq: f.optionalInteger('seq', 0, maxCount) }) }),
};

const moduleDecoders: Decoders<ModuleMessage> = {
  announce: (f) => ({
    op: 'announce',
    listen: f.string('listen'),
    endpoints: f.objects('endpoints').map(endpoint),
    ...defined({ ext: extensions(f) }),
  }),
  get_secret: (f) => ({
    op: 'get_secret',
    name: f.string('name'),
    ...defined({ request_id: f.optionalString('request_id'), rotation_id: f.optionalString('rotation_id') }),
  }),
  rotation_ack: (f) => ({
    op: 'rotation_ack',
    rotation_id: f.string('rotation_id'),
    status: f.string('status') === 'success' ? 'success' : 'error',
    ...defined({ message: f.optionalString('message') }),
  }),
  service_request: (f) => ({
    op: 'service_request',
    id: f.string('id'),
    service_type: f.serviceType(),
    config: f.raw('config'),
  }),
  service_operation: (f) => ({
    op: 'service_operation',
    connection_id: f.string('connection_id'),
    service_type: f.serviceType(),
    operation: f.string('operation'),
    params: f.raw('params'),
    ...defined({ request_id: f.optionalString('request_id') }),
  }),
  http_response: (f) => ({
    op: 'http_response',
    request_id: f.string('request_id'),
    status_code: f.integer('status_code', 100, 999),
    headers: f.stringMap('headers'),
    body: f.body(),
    ...defined({ headers_multi: f.headerPairs('headers_multi') }),
  }),
  port_request: (f) => ({
    op: 'port_request',
    request_id: f.string('request_id'),
    specific_port: f.optionalInteger('specific_port', 0, u16) ?? null,
  }),
  heartbeat_ack: (f) => ({ op: 'heartbeat_ack', ...defined({ seq: f.optionalInteger('seq', 0, maxCount) }) }),
};

/** A line that the orchestrator wrote. The init line may come without its op. */
export function decodeOrchestratorLine(line: string): Decoded<OrchestratorMessage> {
  return decodeLine(line, orchestratorDecoders, (fields) =>
    'orchestrator_api' in fields ? { op: 'init', ...fields } : fields,
  );
}

/** A line that a module wrote, in any of the shapes that existing SDKs write on stdout (DEFECTS H5). */
export function decodeModuleLine(line: string): Decoded<ModuleMessage> {
  return decodeLine(line, moduleDecoders, tagModuleLine);
}

function decodeLine<M>(line: string, decoders: Decoders<M>, tag: (fields: JsonObject) => JsonObject): Decoded<M> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return { kind: 'malformed', reason: 'not JSON' };
  }
  if (!isJsonObject(parsed)) return { kind: 'malformed', reason: 'not a JSON object' };
  const fields = tag(parsed);
  const op = fields['op'];
  if (typeof op !== 'string') return { kind: 'malformed', reason: "no 'op'" };
  if (!Object.hasOwn(decoders, op)) return { kind: 'unknown', op };
  try {
    const nonce = fields['ln'];
    return {
      kind: 'message',
      message: decoders[op]!(new FieldReader(op, fields)),
      nonce: typeof nonce === 'string' ? nonce : undefined,
    };
  } catch (error) {
    return { kind: 'malformed', reason: messageOf(error) };
  }
}

/** Rust answers http with an untagged `{content, metadata}`; Python announces bare and nests fields under the op's name. */
function tagModuleLine(fields: JsonObject): JsonObject {
  const op = fields['op'];
  if (typeof op === 'string') {
    const nested = fields[op];
    return isJsonObject(nested) ? { ...nested, ...withoutNulls(fields) } : fields;
  }
  const content = fields['content'];
  if (isJsonObject(content) && 'status_code' in content) return { op: 'http_response', ...content };
  if ('listen' in fields && 'endpoints' in fields) return { op: 'announce', ...fields };
  return fields;
}

function withoutNulls(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function endpoint(fields: JsonObject): Endpoint {
  const reader = new FieldReader('announce endpoint', fields);
  return {
    path: reader.string('path'),
    methods: reader.strings('methods'),
    ...defined({ auth: reader.optionalString('auth') }),
  };
}

/** Nobody acts on it, so no form of it shall cost the handshake: Rust also reads `{"Token":null}`. */
function securityLevel(f: FieldReader): string | undefined {
  const level = f.raw('security_level');
  return typeof level === 'string' ? level : undefined;
}

function extensions(reader: FieldReader): Extensions | undefined {
  const fields = reader.optionalObject('ext');
  if (fields === undefined) return undefined;
  const ext = new FieldReader('ext', fields);
  return {
    v: ext.integer('v', 0, u16),
    features: ext.strings('features'),
    ...defined({ nonce: ext.optionalString('nonce') }),
  };
}

function errorExtension(f: FieldReader) {
  return {
    error_code: f.optionalString('error_code'),
    retryable: f.optionalBoolean('retryable'),
    details: f.optionalObject('details'),
  };
}

/** A result names its connection directly (ours) or only inside the params it echoes (what Rust correlates by). */
function connectionOf(f: FieldReader): string | undefined {
  const direct = f.optionalString('connection_id');
  if (direct !== undefined) return direct;
  const params = f.raw('params');
  const echoed = isJsonObject(params) ? params['connection_id'] : undefined;
  return typeof echoed === 'string' ? echoed : undefined;
}
