import type { HeartbeatAckMessage, OrchestratorMessage } from '../messages.js';
import { isWireObject } from '../json/wire-json.js';
import { lenient, list, nullable, optional, withDefault } from './compounds.js';
import {
  body,
  cancel,
  errorExtension,
  extensions,
  heartbeatFields,
  headerPairs,
  lenientBoolean,
  lenientCount,
  lenientObject,
  lenientString,
  link,
  payload,
  streamStructs,
  stringMap,
  strings,
} from './message-fields.js';
import type { Field } from './field.js';
import { boolean, json, oneOf, optionalJson, serviceType, string, u16, uuid } from './scalars.js';
import { listenAddress, socketAddress } from './socket-address.js';
import { struct, type Structs } from './struct.js';

const securityLevel = withDefault(oneOf('None', 'Token', 'Mtls'), () => 'None' as const);

/** A result names its connection directly (ours) or only inside the params it echoes (what Rust correlates by). */
const resultConnection: Field<string | undefined> = (holder, key) => {
  const direct = holder[key];
  if (typeof direct === 'string') return direct;
  const { params } = holder;
  const echoed = isWireObject(params) ? params['connection_id'] : undefined;
  return typeof echoed === 'string' ? echoed : undefined;
};

/** What the orchestrator writes (PROTOCOL sections 2 and 4), with our extensions. */
export const orchestratorStructs: Structs<Exclude<OrchestratorMessage, HeartbeatAckMessage>> = {
  init: struct(
    {
      orchestrator_api: string,
      module_id: string,
      env: stringMap,
      listen: listenAddress,
      tcp_channel: optional(struct({ address: socketAddress, tls_enabled: boolean, required: boolean }).field),
      ipc_channel: optional(struct({ socket_path: string, required: boolean }).field),
      auth_token: optional(string),
      security_level: securityLevel,
    },
    { ext: extensions, link, grants: lenientObject, heartbeat: heartbeatFields },
  ),
  secret: struct(
    { name: string, value: string, rotation_id: optional(string) },
    {
      request_id: lenientString,
      found: lenientBoolean,
      error: lenientString,
      error_code: lenientString,
      version: lenientString,
    },
  ),
  rotated: struct(
    { keys: strings, rotation_id: string },
    {
      reason: lenient(oneOf('rotation', 'rollback', 'committed')),
      deadline_ms: lenientCount,
      overlap_ms: lenientCount,
    },
  ),
  shutdown: struct({}, { grace_ms: lenientCount, reason: lenientString }),
  register_service_provider_response: struct(
    { success: boolean, provider_id: nullable(string), error: nullable(string) },
    { request_id: lenientString },
  ),
  discover_service_providers_response: struct(
    {
      success: boolean,
      providers: list(
        struct({
          provider_id: string,
          module_id: string,
          service_type: serviceType,
          name: string,
          version: nullable(string),
          address: string,
          metadata: stringMap,
          is_healthy: boolean,
        }).field,
      ),
      error: nullable(string),
    },
    { request_id: lenientString },
  ),
  service_response: struct(
    {
      id: string,
      service_type: serviceType,
      success: boolean,
      error: nullable(string),
      connection_id: nullable(string),
    },
    { ...errorExtension, info: lenientObject },
  ),
  service_operation_result: struct(
    { success: boolean, result: optionalJson, error: nullable(string) },
    { ...errorExtension, request_id: lenientString, connection_id: resultConnection },
  ),
  http_request: struct(
    { request_id: string, method: string, uri: string, headers: stringMap, body },
    { headers_multi: headerPairs, deadline_ms: lenientCount, body_stream: lenientString },
  ),
  port_response: struct({ request_id: string, success: boolean, port: u16, error_message: nullable(string) }),
  routed_module_message: struct(
    { source_module_id: string, original_request_id: uuid, payload },
    { target_endpoint: lenientString, request_id: lenientString, params: lenient(json), deadline_ms: lenientCount },
  ),
  routed_module_response: struct(
    { source_module_id: string, request_id: uuid, payload },
    { ...errorExtension, success: lenientBoolean, error: lenientString },
  ),
  heartbeat: struct({}, { seq: lenientCount }),
  cancel,
  ...streamStructs,
};
