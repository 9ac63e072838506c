/**
 * What the models of the Python SDK make of a line (DEFECTS P3, P5, P12), from the vectors alone: fields of the wrong
 * type refuse it, fields nobody knows and nulls disappear. It stands in for that SDK and imports nothing of ours.
 */
export function readAsPython(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (!isObject(value)) throw new Error('not an object');
  return 'orchestrator_api' in value ? readModel(initModel, value, 'init') : readTagged(value);
}

/** What Python holds of a value; throws when it refuses it. */
type Read = (value: unknown) => unknown;
interface Fields {
  readonly [name: string]: {
    readonly read: Read;
    readonly required?: true;
    readonly fallback?: unknown;
    readonly model?: Fields;
  };
}

const only =
  (is: (value: unknown) => boolean): Read =>
  (value) => {
    if (is(value)) return value;
    throw new Error('it has the wrong type');
  };

const isText = (value: unknown) => typeof value === 'string';
const text = only(isText);
const dict = only(isObject);
const listed = only(Array.isArray);
const texts = only((value) => Array.isArray(value) && value.every(isText));
const textMap = only((value) => isObject(value) && Object.values(value).every(isText));

/** pydantic takes words and numbers for a bool, too. */
const flag: Read = (value) => {
  if (typeof value === 'boolean') return value;
  const said = isText(value) || typeof value === 'number' ? String(value).toLowerCase() : '';
  if (/^(?:0|off|f|false|n|no)$/.test(said)) return false;
  if (/^(?:1|on|t|true|y|yes)$/.test(said)) return true;
  throw new Error('it is no bool');
};

/** And text, a bool or a float without a fraction for an int. */
const whole: Read = (value) => {
  const said = isText(value) && /^\s*[+-]?\d+(?:\.0*)?\s*$/.test(String(value)) ? Number(value) : value;
  const number = typeof said === 'boolean' ? Number(said) : said;
  if (typeof number === 'number' && Number.isInteger(number)) return number;
  throw new Error('it is no int');
};

const needed = (read: Read) => ({ read, required: true }) as const;
const maybe = (read: Read) => ({ read });

const tcpModel: Fields = { host: needed(text), port: needed(whole), tls_enabled: maybe(flag), required: maybe(flag) };
const initModel: Fields = {
  orchestrator_api: needed(text),
  module_id: needed(text),
  env: { read: textMap, fallback: {} },
  listen: needed(only((value) => isText(value) || (isObject(value) && ('Unix' in value || 'Tcp' in value)))),
  tcp_channel: { read: dict, model: tcpModel },
  ipc_channel: { read: dict, model: { socket_path: needed(text), required: maybe(flag) } },
  auth_token: maybe(text),
  security_level: {
    read: only((value) => value === 'None' || value === 'Token' || value === 'Mtls'),
    fallback: 'None',
  },
  debug_mode: { read: flag, fallback: false },
  log_level: { read: text, fallback: 'info' },
};
const serviceType = only((value) => isText(value) || isObject(value));

const models: Readonly<Record<string, Fields>> = {
  secret: { name: needed(text), value: needed(text), rotation_id: maybe(text) },
  rotated: { keys: needed(texts), rotation_id: needed(text) },
  register_service_provider_response: { success: needed(flag), provider_id: maybe(text), error: maybe(text) },
  discover_service_providers_response: { success: needed(flag), providers: maybe(listed), error: maybe(text) },
  service_response: {
    id: needed(text),
    service_type: needed(serviceType),
    success: needed(flag),
    error: maybe(text),
    connection_id: maybe(text),
  },
  service_operation_result: { success: needed(flag), result: maybe(dict), error: maybe(text) },
  http_request: {
    request_id: needed(text),
    method: needed(text),
    uri: needed(text),
    headers: needed(textMap),
    body: maybe(text),
  },
  port_response: { request_id: needed(text), success: needed(flag), port: maybe(whole), error_message: maybe(text) },
  routed_module_message: { source_module_id: needed(text), original_request_id: needed(text) },
};

function readTagged(value: Record<string, unknown>): Record<string, unknown> {
  const { op } = value;
  if (typeof op !== 'string') throw new Error('no op');
  const model = models[op];
  const nested = value[op];
  if (model === undefined || nested === undefined || nested === null) return { op };
  return { op, [op]: readModel(model, nested, op) };
}

function readModel(model: Fields, value: unknown, name: string): Record<string, unknown> {
  if (!isObject(value)) throw new Error(`${name} is no object`);
  const seen: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(model)) {
    const given = value[key];
    const isNone = given === undefined || (given === null && field.fallback === undefined);
    if (isNone && field.required) throw new Error(`${name}.${key} is required`);
    if (isNone && field.fallback !== undefined) seen[key] = field.fallback;
    if (isNone) continue;
    const held = field.read(given);
    seen[key] = field.model === undefined ? held : readModel(field.model, held, key);
  }
  return seen;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
