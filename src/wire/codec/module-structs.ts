import type { HeartbeatMessage, ModuleMessage, RoutedAnswerMessage } from '../messages.js';
import { lenient, list, map, nullable, optional } from './compounds.js';
import {
  body,
  cancel,
  extensions,
  headerPairs,
  lenientCount,
  lenientString,
  payload,
  streamStructs,
  stringMap,
  strings,
} from './message-fields.js';
import { boolean, json, optionalJson, serviceType, string, u16, uuid } from './scalars.js';
import { type Structs, struct } from './struct.js';

export const endpoint = struct({ path: string, methods: strings, auth: optional(string) });

/** What a module writes (PROTOCOL section 3), with our extensions. `identify` has no form that any peer reads. */
export const moduleStructs: Structs<Exclude<ModuleMessage, HeartbeatMessage | RoutedAnswerMessage>> = {
  announce: struct(
    { listen: string, endpoints: list(endpoint.field) },
    { ext: extensions, serves: lenient(map(strings)) },
  ),
  get_secret: struct(
    { name: string },
    { request_id: lenientString, rotation_id: lenientString, deadline_ms: lenientCount },
  ),
  rotation_ack: struct({ rotation_id: string, status: string, message: optional(string) }),
  register_service_provider: struct(
    {
      service_type: serviceType,
      name: string,
      version: nullable(string),
      address: string,
      metadata: nullable(stringMap),
    },
    { request_id: lenientString },
  ),
  discover_service_providers: struct(
    { service_type: serviceType, all_providers: nullable(boolean) },
    { request_id: lenientString },
  ),
  service_request: struct(
    { id: string, service_type: serviceType, config: optionalJson },
    { deadline_ms: lenientCount },
  ),
  service_operation: struct(
    { connection_id: string, service_type: serviceType, operation: string, params: json },
    { request_id: lenientString, deadline_ms: lenientCount },
  ),
  http_response: struct(
    { request_id: string, status_code: u16, headers: stringMap, body },
    { headers_multi: headerPairs, body_stream: lenientString },
  ),
  port_request: struct({ request_id: string, specific_port: nullable(u16) }, { deadline_ms: lenientCount }),
  route_to_module: struct(
    { target_module_id: string, target_endpoint: string, request_id: uuid, payload },
    { deadline_ms: lenientCount },
  ),
  heartbeat_ack: struct({}, { seq: lenientCount, lag_ms: lenientCount, ext: extensions }),
  cancel,
  ...streamStructs,
};
