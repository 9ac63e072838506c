import * as fc from 'fast-check';
import type {
  HeartbeatAckMessage,
  HeartbeatMessage,
  ModuleMessage,
  OrchestratorMessage,
  RoutedAnswerMessage,
  WireMessage,
} from '../../../src/wire/messages.js';
import type { ServiceType } from '../../../src/wire/index.js';
import { jsonObject, text, wireJson } from './arbitrary-json.js';

type MessageOf<Op> = Extract<WireMessage, { readonly op: Op }>;
type Messages<M extends WireMessage> = { readonly [Op in M['op']]: fc.Arbitrary<MessageOf<Op>> };
type FieldOf<Op> = Exclude<keyof MessageOf<Op>, 'op'>;
/** Results echo it for other readers; our own does not read it. Operations have it as a required field. */
type Unread = 'params';

/** Those fields, and any of the others that need not be there. */
function message<Op extends WireMessage['op'], R extends FieldOf<Op>>(
  op: Op,
  required: { readonly [K in R]: fc.Arbitrary<MessageOf<Op>[K]> },
  others: { readonly [K in Exclude<FieldOf<Op>, R | Unread>]: fc.Arbitrary<Exclude<MessageOf<Op>[K], undefined>> },
): fc.Arbitrary<MessageOf<Op>> {
  const all = { op: fc.constant(op), ...required, ...others };
  return fc.record(all, { requiredKeys: ['op', ...Object.keys(required)] as never }) as unknown as fc.Arbitrary<
    MessageOf<Op>
  >;
}

const none = {};
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const uuid = fc.uuid();
const count = fc.maxSafeNat();
const port = fc.nat(65_535);
const texts = fc.dictionary(text, text, { maxKeys: 4 });
const bytes = fc.uint8Array({ maxLength: 40 });
const pairs = fc.array(fc.tuple(text, text), { maxLength: 3 });
const serviceType: fc.Arbitrary<ServiceType> = fc.oneof(
  fc.constantFrom('Database' as const, 'Cache' as const, 'Jwt' as const),
  fc.record({ Custom: text }, { noNullPrototype: true }),
);
const payload = fc.record({ data: bytes, format: fc.constantFrom('Json', 'Binary', 'Base64', 'Auto') });
const extensions = fc.record(
  { v: fc.nat(65_535), features: fc.array(text, { maxLength: 3 }), nonce: text },
  { requiredKeys: ['v', 'features'] },
);
const error = { error_code: text, retryable: fc.boolean(), details: jsonObject };
const provider = fc.record({
  provider_id: text,
  module_id: text,
  service_type: serviceType,
  name: text,
  version: orNull(text),
  address: text,
  metadata: texts,
  is_healthy: fc.boolean(),
});
const heartbeat = message('heartbeat', none, { seq: count });
const heartbeatAck = message('heartbeat_ack', none, { seq: count, lag_ms: count, ext: extensions });
const cancel = message('cancel', { request_id: text }, none);
const streams = {
  stream_data: message('stream_data', { stream_id: text, data: bytes }, none),
  stream_credit: message('stream_credit', { stream_id: text, bytes: count }, none),
  stream_end: message('stream_end', { stream_id: text, bytes: count, checksum: fc.nat(0xffff_ffff) }, none),
  stream_abort: message('stream_abort', { stream_id: text, error: text }, { error_code: text }),
};

/** Every message an orchestrator writes, with and without each field that need not be there. */
export const orchestratorMessages: Messages<Exclude<OrchestratorMessage, HeartbeatAckMessage>> = {
  init: message(
    'init',
    {
      orchestrator_api: text,
      module_id: text,
      env: texts,
      listen: text,
      security_level: fc.constantFrom('None', 'Token', 'Mtls'),
    },
    {
      tcp_channel: fc.record({
        address: fc.constantFrom('127.0.0.1:80', '[::1]:65535'),
        tls_enabled: fc.boolean(),
        required: fc.boolean(),
      }),
      ipc_channel: fc.record({ socket_path: text, required: fc.boolean() }),
      auth_token: text,
      ext: extensions,
      link: fc.record(
        { launch: text, prefer: fc.array(text, { maxLength: 2 }), ca: text, cert_file: text, key_file: text },
        { requiredKeys: ['launch', 'prefer'] },
      ),
      grants: jsonObject,
      heartbeat: fc.record({
        interval_ms: fc.integer({ min: 1, max: 2_147_483_647 }),
        missed: fc.integer({ min: 1, max: 1_000 }),
        slow_ms: fc.integer({ min: 1 }),
      }),
    },
  ),
  secret: message(
    'secret',
    { name: text, value: text },
    { rotation_id: text, request_id: text, found: fc.boolean(), error: text, error_code: text, version: text },
  ),
  rotated: message(
    'rotated',
    { keys: fc.array(text, { maxLength: 3 }), rotation_id: text },
    { reason: fc.constantFrom('rotation', 'rollback', 'committed'), deadline_ms: count, overlap_ms: count },
  ),
  shutdown: message('shutdown', none, { grace_ms: count, reason: text }),
  register_service_provider_response: message(
    'register_service_provider_response',
    { success: fc.boolean(), provider_id: orNull(text), error: orNull(text) },
    { request_id: text },
  ),
  discover_service_providers_response: message(
    'discover_service_providers_response',
    { success: fc.boolean(), providers: fc.array(provider, { maxLength: 2 }), error: orNull(text) },
    { request_id: text },
  ),
  service_response: message(
    'service_response',
    {
      id: text,
      service_type: serviceType,
      success: fc.boolean(),
      error: orNull(text),
      connection_id: orNull(text),
    },
    { ...error, info: jsonObject },
  ),
  service_operation_result: message(
    'service_operation_result',
    { success: fc.boolean(), result: wireJson, error: orNull(text) },
    { request_id: text, connection_id: text, ...error },
  ),
  http_request: message(
    'http_request',
    { request_id: text, method: text, uri: text, headers: texts, body: orNull(bytes) },
    { headers_multi: pairs, deadline_ms: count, body_stream: text },
  ),
  port_response: message(
    'port_response',
    { request_id: text, success: fc.boolean(), port, error_message: orNull(text) },
    none,
  ),
  routed_module_message: message(
    'routed_module_message',
    { source_module_id: text, original_request_id: uuid, payload },
    { target_endpoint: text, request_id: text, deadline_ms: count },
  ),
  routed_module_response: message(
    'routed_module_response',
    { source_module_id: text, request_id: uuid, payload },
    { success: fc.boolean(), error: text, error_code: text, retryable: fc.boolean(), details: jsonObject },
  ),
  heartbeat,
  cancel,
  ...streams,
};

/** The same for what a module writes. */
export const moduleMessages: Messages<Exclude<ModuleMessage, HeartbeatMessage | RoutedAnswerMessage>> = {
  announce: message(
    'announce',
    {
      listen: text,
      endpoints: fc.array(
        fc.record(
          { path: text, methods: fc.array(text, { maxLength: 2 }), auth: text },
          { requiredKeys: ['path', 'methods'] },
        ),
        { maxLength: 3 },
      ),
    },
    { ext: extensions, serves: fc.dictionary(text, fc.array(text, { maxLength: 2 }), { maxKeys: 2 }) },
  ),
  get_secret: message('get_secret', { name: text }, { request_id: text, rotation_id: text, deadline_ms: count }),
  rotation_ack: message('rotation_ack', { rotation_id: text, status: text }, { message: text }),
  register_service_provider: message(
    'register_service_provider',
    { service_type: serviceType, name: text, version: orNull(text), address: text, metadata: orNull(texts) },
    { request_id: text },
  ),
  discover_service_providers: message(
    'discover_service_providers',
    { service_type: serviceType, all_providers: orNull(fc.boolean()) },
    { request_id: text },
  ),
  service_request: message(
    'service_request',
    { id: text, service_type: serviceType, config: wireJson },
    { deadline_ms: count },
  ),
  service_operation: message(
    'service_operation',
    { connection_id: text, service_type: serviceType, operation: text, params: wireJson },
    { request_id: text, deadline_ms: count },
  ),
  http_response: message(
    'http_response',
    { request_id: text, status_code: port, headers: texts, body: orNull(bytes) },
    { headers_multi: pairs, body_stream: text },
  ),
  port_request: message('port_request', { request_id: text, specific_port: orNull(port) }, { deadline_ms: count }),
  route_to_module: message(
    'route_to_module',
    { target_module_id: text, target_endpoint: text, request_id: uuid, payload },
    { deadline_ms: count },
  ),
  heartbeat_ack: heartbeatAck,
  cancel,
  ...streams,
};

export const orchestratorMessage: fc.Arbitrary<OrchestratorMessage> = fc.oneof(...Object.values(orchestratorMessages));
export const moduleMessage: fc.Arbitrary<ModuleMessage> = fc.oneof(...Object.values(moduleMessages));
