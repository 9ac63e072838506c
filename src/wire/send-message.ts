import type { Channel } from './channel.js';
import { encodeMessage, type EncodeOptions, packMessage } from './encode.js';
import { initLineProblem, type WireLimits } from './limits.js';
import type { WireMessage } from './messages.js';

/**
 * Sends one message in the form that peer and channel agree on, and returns its size without framing. Throws as
 * `encodeMessage` and `Channel.send` do.
 */
export function sendMessage(
  channel: Channel,
  message: WireMessage,
  options: EncodeOptions & { readonly limits?: Partial<WireLimits> | undefined },
): number {
  if (options.extensions && channel.carriesBytes) {
    const { text, bytes } = packMessage(message);
    channel.send(text, bytes);
    return messageSize(text, bytes);
  }
  const line = encodeMessage(message, options);
  const problem = message.op === 'init' ? initLineProblem(line, options.limits) : undefined;
  if (problem) throw problem;
  channel.send(line);
  return Buffer.byteLength(line);
}

/** How many bytes a message takes, those beside its text included. */
export function messageSize(text: string, bytes: readonly Uint8Array[] = []): number {
  let size = Buffer.byteLength(text);
  for (const part of bytes) size += part.byteLength;
  return size;
}
