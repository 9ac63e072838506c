import { messageOf, WireError } from '../foundation/index.js';
import { isBrief, readModuleBrief, readOrchestratorBrief } from './brief-form.js';
import type { BriefRead } from './brief-text.js';
import type { Field, Reading } from './codec/field.js';
import { moduleExtensionStructs, orchestratorExtensionStructs } from './codec/extension-structs.js';
import { moduleStructs } from './codec/module-structs.js';
import { orchestratorStructs } from './codec/orchestrator-structs.js';
import type { Struct, Structs } from './codec/struct.js';
import { type ExactJson, readExactJson } from './json/exact-json.js';
import { putBytesBack } from './json/bytes-aside.js';
import { type JsonReading, parseJson } from './json/parse-json.js';
import { isWireObject, maxNesting, type WireJson, type WireObject } from './json/wire-json.js';
import type { InitMessage, ModuleMessage, OrchestratorMessage } from './messages.js';

/** What one line turned out to be. */
export type Decoded<M> =
  | { readonly kind: 'message'; readonly message: M; readonly nonce: string | undefined }
  /** JSON with an `op` nobody here knows: logged and skipped, as the protocol says. */
  | { readonly kind: 'unknown'; readonly op: string }
  /** Not a message: no JSON object, no op, or a field that is wrong. `answerTo`: the request that it tried to answer. */
  | { readonly kind: 'malformed'; readonly reason: string; readonly answerTo?: string };

type Message = { readonly op: string };

/** The ops with which a module answers, under a `request_id`. */
const answers: ReadonlySet<string> = new Set<ModuleMessage['op']>(['http_response', 'routed_module_answer']);

/** A line that the orchestrator wrote, as strictly as the Rust types read it. */
export function decodeOrchestratorLine(
  line: string,
  reading: JsonReading = 'exact',
  bytes?: Buffer,
): Decoded<OrchestratorMessage> {
  if (isBrief(line, reading)) return decodeBrief(line, bytes, readOrchestratorBrief);
  const decode = (json: ExactJson): Decoded<OrchestratorMessage> => {
    const decoded = decodeTagged(orchestratorStructs, json.value, json);
    return isOfOwnEnd(decoded, reading) ? decodeTagged(orchestratorExtensionStructs, json.value, json) : decoded;
  };
  return decodeText(line, reading, decode, bytes);
}

/** The handshake line: the bare init object, in which `op` is one of the fields nobody needs (PROTOCOL section 2). */
export function decodeInitLine(line: string): Decoded<InitMessage> {
  try {
    const json = readExactJson(line, maxNesting, orchestratorStructs.init.known);
    return decodeAs<InitMessage>(orchestratorStructs, 'init', json.value, json);
  } catch (error) {
    return { kind: 'malformed', reason: messageOf(error) };
  }
}

/** A message that a module wrote, as strictly as the Rust types read it. */
export function decodeModuleMessage(line: string, reading: JsonReading = 'exact'): Decoded<ModuleMessage> {
  return decodeText(line, reading, (json) => decodeTagged(moduleStructs, json.value, json));
}

/** The same as part of something else, such as an envelope. */
export const moduleMessage: Field<ModuleMessage> = (holder, key, { facts }) => {
  const value = holder[key] ?? null;
  const decoded = decodeTagged(moduleStructs, value, { value, facts });
  if (decoded.kind === 'message') return decoded.message;
  throw new WireError(
    'MESSAGE_INVALID',
    decoded.kind === 'malformed' ? decoded.reason : `there is no op '${decoded.op}'`,
  );
};

/**
 * A line that a module wrote, in any of the shapes that existing SDKs write on stdout (DEFECTS H5); `bytes` came beside
 * it.
 */
export function decodeModuleLine(
  line: string,
  reading: JsonReading = 'exact',
  bytes?: Buffer,
  maxNesting?: number,
): Decoded<ModuleMessage> {
  if (isBrief(line, reading)) return decodeBrief(line, bytes, readModuleBrief, maxNesting);
  const decode = (json: ExactJson): Decoded<ModuleMessage> => {
    const decoded = decodeModuleJson(json.value, json);
    return isOfOwnEnd(decoded, reading) ? decodeTagged(moduleExtensionStructs, json.value, json) : decoded;
  };
  return decodeText(line, reading, decode, bytes, maxNesting);
}

/** The same for JSON that stands inside something else. */
export function decodeModuleJson(value: WireJson, json: ExactJson): Decoded<ModuleMessage> {
  const strict = decodeTagged(moduleStructs, value, json);
  if (strict.kind !== 'malformed' || !isWireObject(value)) return strict;
  const op = value['op'];
  if (typeof op === 'string') {
    // Python nests the fields under the name of the op.
    const nested = value[op];
    return isWireObject(nested) && isOp(moduleStructs, op)
      ? decodeAs(moduleStructs, op, nested, json, { takesPython: true })
      : strict;
  }
  // Rust answers http with an untagged `{content, metadata}`, and Python announces bare.
  const { content } = value;
  if (isWireObject(content) && 'status_code' in content) return decodeAs(moduleStructs, 'http_response', content, json);
  if ('listen' in value && 'endpoints' in value) return decodeAs(moduleStructs, 'announce', value, json);
  return pythonProxyOp(value) ?? strict;
}

function decodeBrief<M>(
  line: string,
  bytes: Buffer | undefined,
  read: (line: string, bytes: Buffer | undefined, maxNesting?: number) => BriefRead<M> | undefined,
  maxNesting?: number,
): Decoded<M> {
  try {
    return read(line, bytes, maxNesting) ?? { kind: 'unknown', op: line[2]! };
  } catch (error) {
    return { kind: 'malformed', reason: messageOf(error) };
  }
}

/** Whether it may be one of the ops that only our own far end writes; to a plain peer they are unknown. */
function isOfOwnEnd<M>(decoded: Decoded<M>, reading: JsonReading): boolean {
  return decoded.kind === 'unknown' && reading === 'fast';
}

function decodeText<M>(
  line: string,
  reading: JsonReading,
  decode: (json: ExactJson) => Decoded<M>,
  bytes?: Buffer,
  maxNesting?: number,
): Decoded<M> {
  let json: ExactJson;
  try {
    json = parseJson(line, reading, maxNesting);
    if (bytes) putBytesBack(json.value, bytes);
  } catch (error) {
    return { kind: 'malformed', reason: messageOf(error) };
  }
  return decode(json);
}

/** An object with its op anywhere in it, or an array that begins with the op. */
function decodeTagged<M extends Message>(structs: Structs<M>, value: WireJson, json: ExactJson): Decoded<M> {
  const isArray = Array.isArray(value);
  if (!isArray && !isWireObject(value)) return { kind: 'malformed', reason: 'not a JSON object' };
  const op: unknown = isArray ? value[0] : value['op'];
  if (typeof op !== 'string') return { kind: 'malformed', reason: "no 'op'" };
  if (!isArray && json.facts.isRepeated(value, 'op')) return { kind: 'malformed', reason: "'op' stands there twice" };
  return isOp(structs, op) ? decodeAs(structs, op, value, json, { isBuffered: true }) : { kind: 'unknown', op };
}

function decodeAs<M extends Message>(
  structs: Structs<M>,
  op: M['op'],
  value: WireJson,
  { facts }: ExactJson,
  { takesPython = false, isBuffered = false }: Partial<Omit<Reading, 'facts'>> = {},
): Decoded<M> {
  const reading: Reading = { facts, takesPython, isBuffered };
  try {
    const struct = structs[op] as Struct<Omit<M, 'op'>>;
    const isTaggedArray = Array.isArray(value) && value[0] === op;
    const message = struct.read(value, reading, { op }, isTaggedArray ? 1 : 0) as unknown as M;
    const nonce = isWireObject(value) ? value['ln'] : undefined;
    return { kind: 'message', message, nonce: typeof nonce === 'string' ? nonce : undefined };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const answerTo = answers.has(op) && isWireObject(value) ? value['request_id'] : undefined;
    const reason = `${op}: ${error.message}`;
    return { kind: 'malformed', reason, ...(typeof answerTo === 'string' && { answerTo }) };
  }
}

function isOp<M extends Message>(structs: Structs<M>, op: string): op is M['op'] {
  return Object.hasOwn(structs, op);
}

/** Python's proxies write their requests without an op and invent the answer themselves (DEFECTS P7). */
function pythonProxyOp(value: WireObject): { readonly kind: 'unknown'; readonly op: string } | undefined {
  if (!('service_type' in value)) return undefined;
  if ('connection_id' in value) return { kind: 'unknown', op: 'service_operation (bare)' };
  return 'config' in value ? { kind: 'unknown', op: 'service_request (bare)' } : undefined;
}
