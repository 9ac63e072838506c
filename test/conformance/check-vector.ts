import { basename } from 'node:path';
import { checkAccepts } from './check-accepts.js';
import { checkConfig } from './check-config.js';
import { checkFrame } from './check-frame.js';
import { checkPythonAccepts, checkPythonLine } from './check-python.js';
import { checkRoundTrip } from './check-round-trip.js';
import { checkSuperset } from './check-superset.js';
import { fail, type Vector } from './vector.js';

const checks: Readonly<Record<string, (vector: Vector) => void>> = {
  accepts: checkAccepts,
  configs: checkConfig,
  framed: checkFrame,
  init_line: (vector) => checkRoundTrip(vector, 'init_line'),
  module_to_orchestrator: (vector) => checkRoundTrip(vector, 'module_to_orchestrator'),
  orchestrator_to_module: (vector) => checkRoundTrip(vector, 'orchestrator_to_module'),
  python_accepts: checkPythonAccepts,
  python_module_to_orchestrator: checkPythonLine,
  registration: (vector) => checkRoundTrip(vector, registrationType(vector)),
  superset: checkSuperset,
};

/** Why our encoders and parsers do not do what the vector says, or undefined when they do. */
export function failureOf(vector: Vector): string | undefined {
  try {
    if (vector.fields['broken'] !== undefined) fail(String(vector.fields['broken']));
    checkOf(vector)(vector);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** By the name of its file, which may have more behind it: `accepts.jsonl`, `accepts-more.jsonl`. */
function checkOf({ file }: Vector): (vector: Vector) => void {
  const kind = Object.keys(checks).find((name) => new RegExp(`^${name}(?![a-z]).*\\.jsonl$`).test(basename(file)));
  const check = kind === undefined ? undefined : checks[kind];
  return check ?? fail(`nothing is known of files called ${file}; they begin with ${Object.keys(checks).join(', ')}`);
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
