import { checkAccepts } from './check-accepts.js';
import { checkConfig } from './check-config.js';
import { checkFrame } from './check-frame.js';
import { checkPythonAccepts, checkPythonLine } from './check-python.js';
import { checkRoundTrip } from './check-round-trip.js';
import { checkSuperset } from './check-superset.js';
import { fail, type Vector } from './vector.js';

const checks: Readonly<Record<string, (vector: Vector) => void>> = {
  'accepts.jsonl': checkAccepts,
  'configs.jsonl': checkConfig,
  'framed.jsonl': checkFrame,
  'init_line.jsonl': (vector) => checkRoundTrip(vector, 'init_line'),
  'module_to_orchestrator.jsonl': (vector) => checkRoundTrip(vector, 'module_to_orchestrator'),
  'orchestrator_to_module.jsonl': (vector) => checkRoundTrip(vector, 'orchestrator_to_module'),
  'python_accepts.jsonl': checkPythonAccepts,
  'python_module_to_orchestrator.jsonl': checkPythonLine,
  'registration.jsonl': (vector) => checkRoundTrip(vector, registrationType(vector)),
  'superset.jsonl': checkSuperset,
};

/** Why our encoders and parsers do not do what the vector says, or undefined when they do. */
export function failureOf(vector: Vector): string | undefined {
  try {
    if (vector.fields['broken'] !== undefined) fail(String(vector.fields['broken']));
    const check = checks[vector.file];
    if (check === undefined)
      fail(`nothing is known of files called ${vector.file}; there are ${Object.keys(checks).join(', ')}`);
    check(vector);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Its type by what it says of itself, else by the part of its name before the slash. */
function registrationType({ name, fields }: Vector): string {
  const wire = JSON.parse(String(fields['wire'])) as Record<string, unknown>;
  const { request_type: request, response_type: response } = wire;
  if (typeof request === 'string') return `${request}_request`;
  if (typeof response === 'string') return `${response}_response`;
  const kind = name.split('/')[0] ?? name;
  if (kind.startsWith('http_tcp')) return 'status_code' in wire ? 'http_tcp_response' : 'http_tcp_request';
  return kind.startsWith('http_ipc') ? 'http_ipc_api' : kind;
}
