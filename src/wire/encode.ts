import { messageOf, WireError } from '../foundation/index.js';
import { packBrief, writeBrief } from './brief-form.js';
import { noBytes, packJson, type PackedJson, writeJson } from './json/write-json.js';
import type { HttpResponseMessage, OrchestratorMessage, WireMessage } from './messages.js';
import { pythonForm } from './python-form.js';

export interface EncodeOptions {
  /** Whether the peer reads the brief form of frequent messages, too. Default false. */
  readonly brief?: boolean | undefined;
  /** Whether the peer agreed to our extensions: bodies then travel as base64 instead of number arrays. */
  readonly extensions: boolean;
  /** Added as `ln` to every line of a module whose orchestrator asked for it. */
  readonly nonce?: string | undefined;
  /** How deep it may nest; 127 when left out. */
  readonly maxNesting?: number | undefined;
}

/** One line, without the newline. Throws `WireError` MESSAGE_INVALID for what JSON cannot hold. */
export function encodeMessage(message: WireMessage, options: EncodeOptions): string {
  return encodeLine(message, options).text;
}

/** The same, for who sends it. */
export function encodeLine(message: WireMessage, options: EncodeOptions): PackedJson {
  const { brief, nonce, maxNesting, extensions } = options;
  try {
    const short = brief ? writeBrief(message, nonce, maxNesting) : undefined;
    if (short) return short;
    const fields = writableFields(message, extensions);
    return { text: writeJson(nonce === undefined ? fields : { ...fields, ln: nonce }, maxNesting), bytes: noBytes };
  } catch (error) {
    throw unwritable(message.op, error);
  }
}

/** For a channel that carries bytes, to our own far end: all bytes stay beside the text. Throws as `encodeMessage`. */
export function packMessage(message: WireMessage, brief = false, maxNesting?: number): PackedJson {
  try {
    return (brief ? packBrief(message, maxNesting) : undefined) ?? packJson(message, maxNesting);
  } catch (error) {
    throw unwritable(message.op, error);
  }
}

/** The same line with the forms Python modules read beside the protocol's own; for lines the orchestrator writes. */
export function encodeForPython(message: OrchestratorMessage): string {
  return write(message.op, { ...writableFields(message, false), ...pythonForm(message) });
}

/**
 * An http response for a plain orchestrator: one line that is the tagged message, the untagged wrapper Rust modules
 * write, and a `Message` of the response, so that every known reader finds what it looks for. `id` is a UUID.
 */
export function encodePlainHttpResponse(message: HttpResponseMessage, source: string, id: string): string {
  const { op, ...content } = writableFields(message, false);
  const metadata = { id, source, properties: { correlation_id: message.request_id } };
  return write(message.op, { op, ...content, id, content, metadata });
}

function writableFields(message: WireMessage, extensions: boolean): Record<string, unknown> & { op: string } {
  if (message.op === 'stream_data') {
    const { data, ...fields } = message;
    return { ...fields, data_b64: base64Of(data) };
  }
  if ('body' in message) return { ...message, ...encodeBody(message.body, extensions) };
  if ('payload' in message)
    return { ...message, payload: { ...message.payload, data: Array.from(message.payload.data) } };
  return message as never;
}

function encodeBody(body: Uint8Array | null, extensions: boolean) {
  if (body === null || !extensions) return { body: body === null ? null : Array.from(body) };
  return { body: null, body_b64: base64Of(body) };
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function write(op: string, fields: object): string {
  try {
    return writeJson(fields);
  } catch (error) {
    throw unwritable(op, error);
  }
}

function unwritable(op: string, error: unknown): WireError {
  return new WireError('MESSAGE_INVALID', `${op} cannot be written as JSON: ${messageOf(error)}`, { cause: error });
}
