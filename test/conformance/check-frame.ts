import { messageOf } from '../../src/foundation/index.js';
import {
  encodeFrame,
  type Frame,
  type FrameFormat,
  frameFormats,
  FrameSplitter,
  headerBytes,
  textOfFrame,
} from '../../src/wire/channels/frame-codec.js';
import { decodeOrchestratorLine } from '../../src/wire/decode.js';
import { isWireObject } from '../../src/wire/index.js';
import { differenceOf } from './same-json.js';
import { fail, textOf, type Vector } from './vector.js';
import { wireType } from './wire-types.js';

/** A frame, byte for byte, and what a receiver makes of it. */
export function checkFrame(vector: Vector): void {
  const [kind = '', name = ''] = vector.name.split('/');
  if (vector.fields['hex'] === undefined) return checkUnwritable(vector, name);
  const given = bytesOf(textOf(vector, 'hex'));
  const bytes = kind === 'decode' && vector.fields['accepted'] === true ? firstFrame(given) : given;
  const isReceived = kind === 'receive' || 'result' in vector.fields;
  // What is refused may be so as a frame already, or as the message in it.
  if (isReceived && vector.fields['accepted'] === false && split([bytes]).error !== undefined) return;
  const isCut = vector.fields['accepted'] !== false || isReceived;
  const frame = cut(bytes, isCut);
  if (frame === undefined) return;
  checkBytes(vector, frame, bytes);
  if (vector.fields['payload_text'] !== undefined) checkPayload(vector, frame, bytes);
  if (kind === 'encode_with_format') checkEnvelope(frame, bytes);
  if (isReceived) checkReceived(vector, frame);
}

function bytesOf(hex: string): Buffer {
  return /^(?:[0-9a-f]{2})*$/i.test(hex) ? Buffer.from(hex, 'hex') : fail("its 'hex' is none");
}

/** Who decodes one frame leaves what follows it to the next reader. */
function firstFrame(bytes: Buffer): Buffer {
  return bytes.length < headerBytes ? bytes : bytes.subarray(0, headerBytes + bytes.readUInt32BE());
}

/** The one frame in the bytes, whole and byte by byte. undefined for none, when there shall be none. */
function cut(bytes: Buffer, isExpected: boolean): Frame | undefined {
  const whole = split([bytes]);
  const single = split(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
  if (whole.error !== single.error || whole.frames.length !== single.frames.length)
    fail('byte by byte the result is another one');
  if (isExpected && whole.error !== undefined) fail(`our reader refuses the frame: ${whole.error}`);
  if (isExpected && whole.frames.length !== 1) fail(`our reader finds ${whole.frames.length} frames`);
  if (!isExpected && whole.error === undefined) fail('our reader accepts what the Rust reader refuses');
  return isExpected ? whole.frames[0] : undefined;
}

function split(chunks: readonly Buffer[]): { frames: Frame[]; error: string | undefined } {
  const frames: Frame[] = [];
  let error: string | undefined;
  const splitter = new FrameSplitter(
    { maxFrameBytes: 64 * 1024 ** 2 },
    { onFrame: (frame) => frames.push(frame), onBadFrame: (bad) => (error = bad.message) },
  );
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return { frames, error };
}

function checkBytes({ fields }: Vector, frame: Frame, bytes: Buffer): void {
  if (fields['format'] !== undefined && frameFormats[frame.format] !== fields['format'])
    fail(`its format is ${frame.format} and the vector says ${String(fields['format'])}`);
  if (!encodeFrame(frame.format, frame.payload).equals(bytes)) fail('what we write of it has other bytes');
}

/** The payload is a message or an envelope: read and written again, it is the same to the byte. */
function checkPayload(vector: Vector, frame: Frame, bytes: Buffer): void {
  const text = textOfFrame(frame);
  if (text !== textOf(vector, 'payload_text')) fail('its payload is another text');
  const written = wireType(typeOf(JSON.parse(text)))(text);
  if (!encodeFrame(frame.format, written).equals(bytes)) failUnlessSameValue(written, text);
}

function typeOf(value: unknown): string {
  if (!isWireObject(value)) return 'value';
  if (!('content' in value)) return 'op' in value ? 'orchestrator_to_module' : 'value';
  const { content } = value;
  return isWireObject(content) && 'op' in content ? 'message<module_to_orchestrator>' : 'message<value>';
}

/**
 * 1.0 and 1 are one number here, and names that are integers come first in an object: of these only the value is kept,
 * to the byte is not.
 */
function failUnlessSameValue(written: string, text: string): void {
  const hasFloat = /[[:,]-?\d+\.0+\b|[[:,]-?\d+(?:\.\d+)?[eE]/.test(text);
  const hasIntegerName = /"\d+":/.test(text);
  if (!(hasFloat || hasIntegerName) || differenceOf(written, text) !== undefined)
    fail(`what we write of its message has other bytes: ${written}`);
}

/** Whatever format was asked for, it is JSON. */
function checkEnvelope(frame: Frame, bytes: Buffer): void {
  if (frame.format !== 'json') fail('senders write JSON whatever was asked');
  const text = textOfFrame(frame);
  const written = wireType('message<value>')(text);
  if (!encodeFrame('json', written).equals(bytes)) failUnlessSameValue(written, text);
}

function checkReceived({ fields }: Vector, frame: Frame): void {
  const message = receivedOp(frame);
  if (fields['accepted'] !== true) return message === undefined ? undefined : fail(`it is taken as '${message}'`);
  // As Rust prints it for debugging, perhaps with its fields.
  const expected = (/^\w+/.exec(String(fields['result']))?.[0] ?? '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toLowerCase();
  if (message !== expected) fail(`it is taken as '${message}' instead of '${expected}'`);
}

function receivedOp(frame: Frame): string | undefined {
  try {
    const decoded = decodeOrchestratorLine(textOfFrame(frame));
    return decoded.kind === 'message' ? decoded.message.op : undefined;
  } catch {
    return undefined;
  }
}

function checkUnwritable(vector: Vector, format: string): void {
  if (vector.fields['accepted'] !== false) fail("the vector has no 'hex'");
  let error: string | undefined;
  try {
    encodeFrame(format as FrameFormat, '{}');
  } catch (thrown) {
    error = messageOf(thrown);
  }
  if (error === undefined) fail(`we write the format '${format}'`);
}
