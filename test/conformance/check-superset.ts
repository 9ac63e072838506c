import { decodeModuleLine, decodeOrchestratorLine } from '../../src/wire/decode.js';
import { encodeForPython, encodePlainHttpResponse } from '../../src/wire/encode.js';
import { differenceOf } from './same-json.js';
import { readAsPython } from './python-reader.js';
import { fail, textOf, type Vector } from './vector.js';
import { wireType } from './wire-types.js';

/** A line that several readers understand at once: who reads it, and that the one we write is as good. */
export function checkSuperset(vector: Vector): void {
  const line = textOf(vector, 'line');
  const checks = vector.fields['checks'] as Readonly<Record<string, boolean>> | undefined;
  if (typeof checks !== 'object') fail("the vector has no 'checks'");
  const isFromModule = vector.name.startsWith('m2o');
  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    rust_tagged: wireType(isFromModule ? 'module_to_orchestrator' : 'orchestrator_to_module'),
    rust_init_line: wireType('init_line'),
    rust_envelope: wireType('message<module_to_orchestrator>'),
    rust_envelope_http: wireType('message<http_response>'),
    python: (text) => readAsPython(text),
  };
  for (const text of [line, ...ownLine(line, isFromModule)]) {
    for (const [reader, expected] of Object.entries(checks)) {
      const read = readers[reader] ?? fail(`there is no reader '${reader}'`);
      if (canRead(read, text) !== expected)
        fail(`${reader} ${expected ? 'refuses' : 'accepts'} ${text === line ? 'it' : `what we write of it: ${text}`}`);
    }
    const seen = vector.fields['python_sees'];
    const difference =
      seen === undefined ? undefined : differenceOf(JSON.stringify(readAsPython(text)), JSON.stringify(seen));
    if (difference !== undefined)
      fail(`Python sees something else in ${text === line ? 'it' : `what we write of it: ${text}`} ${difference}`);
  }
}

/** The line we write for the same readers; only http responses and what goes to Python have one. */
function ownLine(line: string, isFromModule: boolean): string[] {
  if (!isFromModule) {
    const decoded = decodeOrchestratorLine(line);
    return [
      encodeForPython(decoded.kind === 'message' ? decoded.message : fail(`we refuse it: ${JSON.stringify(decoded)}`)),
    ];
  }
  const decoded = decodeModuleLine(line);
  if (decoded.kind !== 'message') fail(`we refuse it: ${JSON.stringify(decoded)}`);
  const { message } = decoded;
  return message.op === 'http_response'
    ? [encodePlainHttpResponse(message, 'mod-1', '6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00')]
    : [];
}

function canRead(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
}
