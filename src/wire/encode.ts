import { type JsonValue, messageOf, WireError } from '../foundation/index.js';
import type { WireMessage } from './messages.js';

export interface EncodeOptions {
  /** Whether the peer agreed to our extensions: bodies then travel as base64 instead of number arrays. */
  readonly extensions: boolean;
  /** Added as `ln` to every line of a module whose orchestrator asked for it. */
  readonly nonce?: string | undefined;
}

/** One line, without the newline. Throws `WireError` MESSAGE_INVALID for what JSON cannot hold. */
export function encodeMessage(message: WireMessage, options: EncodeOptions): string {
  const base = 'body' in message ? { ...message, ...encodeBody(message.body, options.extensions) } : message;
  try {
    return wellFormed(JSON.stringify(options.nonce === undefined ? base : { ...base, ln: options.nonce }));
  } catch (error) {
    throw new WireError('MESSAGE_INVALID', `${message.op} cannot be written as JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function encodeBody(body: Uint8Array | null, extensions: boolean): Record<string, JsonValue> {
  if (body === null || !extensions) return { body: body === null ? null : Array.from(body) };
  return { body: null, body_b64: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64') };
}

/** Half surrogate pairs, which JSON.stringify escapes, as U+FFFD: Rust readers reject the whole line otherwise. */
function wellFormed(json: string): string {
  if (!json.includes('\\ud')) return json;
  // The backslash must be an escape of its own, not the second half of an escaped backslash.
  return json.replaceAll(/(?<=(?<!\\)(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '\ufffd');
}
