/**
 * What the models of the Python SDK make of a line (DEFECTS P3, P5, P12): pydantic reads every field it has a model
 * for, whatever the op; fields nobody knows disappear, and so do nulls but in free JSON. It stands in for that SDK and imports nothing of ours.
 */
export function readAsPython(line: string, type?: 'init' | 'o2m'): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  const isInit = type === undefined ? isObject(value) && 'orchestrator_api' in value : type === 'init';
  return (isInit ? init : tagged)(value) as Record<string, unknown>;
}

/** What Python holds of a value; throws when it refuses it. */
type Read = (value: unknown) => unknown;
interface Field {
  readonly read: Read;
  readonly isRequired: boolean;
  /** Of a field that is absent. Undefined: none, and null is as good. */
  readonly fallback?: unknown;
}

const only =
  (what: string, is: (value: unknown) => boolean): Read =>
  (value) => {
    if (is(value)) return value;
    throw new Error(`it is no ${what}`);
  };

const text = only('text', (value) => typeof value === 'string');
const dict = only('dict', isObject);

/** Words and numbers stand for a bool, too. */
const flag: Read = (value) => {
  if (typeof value === 'boolean') return value;
  const said = typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : '';
  if (/^(?:0|off|f|false|n|no)$/.test(said)) return false;
  if (/^(?:1|on|t|true|y|yes)$/.test(said)) return true;
  throw new Error('it is no bool');
};

/** And text, a bool or a float without a fraction for an int. */
const whole =
  (min: number, max: number): Read =>
  (value) => {
    const isDigits = typeof value === 'string' && /^\s*[+-]?\d+(?:_\d+)*(?:\.0+)?\s*$/.test(value);
    const number = isDigits ? Number(value.replaceAll('_', '')) : typeof value === 'boolean' ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
    throw new Error('it is no int, or out of range');
  };

const listOf =
  (read: Read): Read =>
  (value) =>
    (only('list', Array.isArray)(value) as unknown[]).map((item) => read(item));

const mapOf =
  (read: Read): Read =>
  (value) =>
    Object.fromEntries(Object.entries(only('dict', isObject)(value) as object).map(([key, item]) => [key, read(item)]));

const either =
  (first: Read, second: Read): Read =>
  (value) =>
    typeof value === 'string' ? first(value) : second(value);

const needed = (read: Read): Field => ({ read, isRequired: true });
const maybe = (read: Read): Field => ({ read, isRequired: false });
const or = (read: Read, fallback: unknown): Field => ({ read, isRequired: false, fallback });

function model(fields: Readonly<Record<string, Field>>): Read {
  return (value) => {
    const given = only('object', isObject)(value) as Record<string, unknown>;
    const seen: Record<string, unknown> = {};
    for (const [name, { read, isRequired, fallback }] of Object.entries(fields)) {
      const isNone = given[name] === undefined || (given[name] === null && !isRequired && fallback === undefined);
      if (isNone && isRequired) throw new Error(`${name} is required`);
      if (!isNone) seen[name] = read(given[name]);
      else if (fallback !== undefined) seen[name] = fallback;
    }
    return seen;
  };
}

const init = model({
  orchestrator_api: needed(text),
  module_id: needed(text),
  env: or(mapOf(text), {}),
  listen: needed(either(text, mapOf(text))),
  tcp_channel: maybe(
    model({
      host: needed(text),
      port: needed(whole(1, 65_535)),
      tls_enabled: or(flag, false),
      required: or(flag, false),
    }),
  ),
  ipc_channel: maybe(model({ socket_path: needed(text), required: or(flag, false) })),
  auth_token: maybe(text),
  security_level: or(
    only('level', (value) => value === 'None' || value === 'Token' || value === 'Mtls'),
    'None',
  ),
  debug_mode: or(flag, false),
  log_level: or(text, 'info'),
});

const provider = model({
  provider_id: needed(text),
  module_id: needed(text),
  service_type: needed(text),
  name: needed(text),
  version: maybe(text),
  address: needed(text),
  metadata: or(mapOf(text), {}),
  is_healthy: needed(flag),
});

const tagged = model({
  op: needed(text),
  init: maybe(init),
  secret: maybe(model({ name: needed(text), value: needed(text), rotation_id: maybe(text) })),
  rotated: maybe(model({ keys: needed(listOf(text)), rotation_id: needed(text) })),
  register_service_provider_response: maybe(
    model({ success: needed(flag), provider_id: maybe(text), error: maybe(text) }),
  ),
  discover_service_providers_response: maybe(
    model({ success: needed(flag), providers: needed(listOf(provider)), error: maybe(text) }),
  ),
  service_response: maybe(
    model({
      id: needed(text),
      service_type: needed(text),
      success: needed(flag),
      error: maybe(text),
      connection_id: maybe(text),
    }),
  ),
  service_operation_result: maybe(model({ success: needed(flag), result: maybe(dict), error: maybe(text) })),
  http_request: maybe(
    model({
      request_id: needed(text),
      method: needed(text),
      uri: needed(text),
      headers: or(mapOf(text), {}),
      body: maybe(text),
    }),
  ),
  port_response: maybe(
    model({
      request_id: needed(text),
      success: needed(flag),
      port: needed(whole(0, 65_535)),
      error_message: maybe(text),
    }),
  ),
  routed_module_message: maybe(dict),
  routed_module_response: maybe(dict),
});

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
