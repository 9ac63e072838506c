import { isWireObject } from '../../src/wire/index.js';
import { FrameSplitter, textOfFrame } from '../../src/wire/channels/frame-codec.js';
import { serviceType } from '../../src/wire/codec/scalars.js';
import { moduleStructs } from '../../src/wire/codec/module-structs.js';
import { decodeModuleLine, decodeOrchestratorLine, type Decoded } from '../../src/wire/decode.js';
import { encodeForPython, encodeMessage } from '../../src/wire/encode.js';
import { decodeModuleEnvelope } from '../../src/wire/envelope.js';
import { readExactJson } from '../../src/wire/json/exact-json.js';
import type { ModuleMessage } from '../../src/wire/messages.js';
import { readAsPython } from './python-reader.js';
import { differenceOf } from './same-json.js';
import { fail, textOf, type Vector } from './vector.js';

/** A line the Python SDK accepts or refuses: our model of it agrees, and it accepts what we write in its place. */
export function checkPythonAccepts(vector: Vector): void {
  const line = textOf(vector, 'line');
  const { accepted, seen } = vector.fields;
  if (typeof accepted !== 'boolean') fail("the vector has no 'accepted'");
  const type = vector.fields['type'] === 'init' || vector.fields['type'] === 'o2m' ? vector.fields['type'] : undefined;
  const theirs = asPython(line, type);
  if (accepted !== (theirs !== undefined)) fail(`our model of the Python SDK ${accepted ? 'refuses' : 'accepts'} it`);
  if (theirs !== undefined && seen !== undefined) {
    const difference = differenceOf(JSON.stringify(theirs), JSON.stringify(seen));
    if (difference !== undefined) fail(`our model of the Python SDK sees something else: ${difference}`);
  }
  const decoded = decodeOrchestratorLine(line);
  if (decoded.kind === 'message' && asPython(encodeForPython(decoded.message)) === undefined)
    fail(`Python refuses what we write of it: ${encodeForPython(decoded.message)}`);
}

function asPython(line: string, type?: 'init' | 'o2m'): Record<string, unknown> | undefined {
  try {
    return readAsPython(line, type);
  } catch {
    return undefined;
  }
}

/** What the Python SDK writes: our orchestrator takes it, or skips what has no meaning. */
export function checkPythonLine(vector: Vector): void {
  if (vector.fields['wire'] === null) return void textOf(vector, 'error');
  const wire = textOf(vector, 'wire');
  const op = textOf(vector, 'op');
  if (op === '-') return checkServiceType(wire);
  if (op === 'envelope')
    return vector.name.startsWith('frame/') ? checkPythonFrame(vector.name, wire) : taken(decodeModuleEnvelope(wire));
  const decoded = decodeModuleLine(wire);
  if (op === '(none)') return checkBare(decoded, wire);
  if (!Object.hasOwn(moduleStructs, op))
    return decoded.kind === 'unknown' ? undefined : fail(`it is taken as ${decoded.kind}`);
  const message = messageIn(decoded);
  if (message.op !== op) fail(`it is taken as '${message.op}'`);
  checkFields(message, wire);
}

/** The announcement comes bare; what the proxies write bare answers itself there and is skipped (DEFECTS P7). */
function checkBare(decoded: Decoded<ModuleMessage>, wire: string): void {
  if ('listen' in (JSON.parse(wire) as object)) return taken(decoded);
  if (decoded.kind !== 'unknown') fail(`it is taken as ${decoded.kind}`);
}

/** The nested fields, nulls aside, are the ones we read; what Python has a form of its own for, as what it stands for. */
function checkFields(message: ModuleMessage, wire: string): void {
  const nested = readExactJson(wire).value;
  const fields = isWireObject(nested) ? nested[message.op] : undefined;
  if (!isWireObject(fields)) return;
  const ours = readExactJson(encodeMessage(message, { extensions: false })).value;
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || !isWireObject(ours)) continue;
    const expected = typeof value === 'string' ? meantBy(name, value) : value;
    const written = JSON.stringify(ours[name] ?? null);
    // Endpoints lose their `auth: null`, which says nothing.
    const difference = differenceOf(
      written,
      JSON.stringify(expected, (_, item: unknown) => (item === null ? undefined : item)),
    );
    if (difference !== undefined) fail(`we read another '${name}': ${difference}`);
  }
}

function meantBy(name: string, text: string): unknown {
  if (name === 'body') return [...Buffer.from(text)];
  const custom = name === 'service_type' ? /^Custom\((.*)\)$/s.exec(text)?.[1] : undefined;
  return custom === undefined ? text : { Custom: custom };
}

function checkServiceType(wire: string): void {
  const { value, facts } = readExactJson(wire);
  serviceType({ value }, 'value', { facts, takesPython: true });
}

/** JSON in format 0 is taken from modules known to write it; msgpack in format 1 is no message. */
function checkPythonFrame(name: string, hex: string): void {
  let decoded: Decoded<ModuleMessage> = { kind: 'malformed', reason: 'no frame' };
  const splitter = new FrameSplitter(
    { maxFrameBytes: 1024 ** 2, takesFormatZero: true },
    {
      onFrame: (frame) => {
        try {
          decoded = decodeModuleEnvelope(textOfFrame(frame));
        } catch {
          decoded = { kind: 'malformed', reason: 'not JSON' };
        }
      },
      onBadFrame: (error) => fail(error.message),
    },
  );
  splitter.push(Buffer.from(hex, 'hex'));
  splitter.end();
  if (name === 'frame/json') return taken(decoded);
  if (decoded.kind !== 'malformed') fail('it is taken as a message');
}

function taken(decoded: Decoded<ModuleMessage>): void {
  messageIn(decoded);
}

function messageIn(decoded: Decoded<ModuleMessage>): ModuleMessage {
  return decoded.kind === 'message'
    ? decoded.message
    : fail(`our orchestrator does not take it: ${JSON.stringify(decoded)}`);
}
