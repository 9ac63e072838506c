import type { JsonValue } from '../foundation/index.js';
import type { WireMessage } from './messages.js';

export interface EncodeOptions {
  /** Whether the peer agreed to our extensions: bodies then travel as base64 instead of number arrays. */
  readonly extensions: boolean;
  /** Added as `ln` to every line of a module whose orchestrator asked for it. */
  readonly nonce?: string | undefined;
}

/** One line, without the newline. */
export function encodeMessage(message: WireMessage, options: EncodeOptions): string {
  const base = 'body' in message ? { ...message, ...encodeBody(message.body, options.extensions) } : message;
  return JSON.stringify(options.nonce === undefined ? base : { ...base, ln: options.nonce });
}

function encodeBody(body: Uint8Array | null, extensions: boolean): Record<string, JsonValue> {
  if (body === null || !extensions) return { body: body === null ? null : Array.from(body) };
  return { body: null, body_b64: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64') };
}
