import { endpoint } from './codec/module-structs.js';
import { list, map, object, optional } from './codec/compounds.js';
import { boolean, json, oneOf, optionalJson, string, u16, u8, uuid } from './codec/scalars.js';
import { struct } from './codec/struct.js';

const stringMap = map(string);
const health = oneOf('Healthy', 'Degraded', 'Unhealthy');
const module = { module_id: uuid, token: string };
const moduleInfo = struct({
  name: string,
  version: string,
  description: string,
  id: optional(uuid),
  metadata: optional(stringMap),
}).field;
const registeredModule = struct({
  info: moduleInfo,
  id: uuid,
  token: string,
  orchestrator_host: string,
  orchestrator_port: u16,
  env: optional(stringMap),
  additional_data: optional(map(json)),
}).field;
const answered = { response_type: string, success: boolean, error: optional(string) };

/** What modules that register themselves send, by `request_type`; each inside an envelope (PROTOCOL section 7). */
export const registrationRequests = {
  register: struct({ request_type: string, module_info: moduleInfo }),
  heartbeat: struct({ request_type: string, ...module, status: health, details: optional(stringMap) }),
  capabilities: struct({
    request_type: string,
    ...module,
    capabilities: struct({
      endpoints: list(endpoint.field),
      message_types: optional(list(string)),
      additional_capabilities: optional(object),
    }).field,
  }),
  unregister: struct({ request_type: string, ...module }),
};

/** What they are answered, by `response_type`; bare in the frame. */
export const registrationResponses = {
  register: struct({ ...answered, module: optional(registeredModule) }),
  heartbeat: struct({ ...answered, status: health, context: optional(optionalJson) }),
  capabilities: struct(answered),
  unregister: struct(answered),
};

/** HTTP over TCP, enveloped both ways. Unlike on stdio, a body that is absent is left out. */
export const httpOverTcp = {
  request: struct({
    request_id: string,
    method: string,
    uri: string,
    headers: stringMap,
    body: optional(list(u8)),
  }),
  response: struct({ request_id: string, status_code: u16, headers: stringMap, body: optional(list(u8)) }),
};
