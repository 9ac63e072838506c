import type { Channel } from './channel.js';
import { encodeMessage, type EncodeOptions, packMessage } from './encode.js';
import { initLineProblem, type WireLimits } from './limits.js';
import type { WireMessage } from './messages.js';

export interface SendOptions<M> extends EncodeOptions {
  /** Writes the message in another way, always as text. */
  readonly encode?: ((message: M) => string) | undefined;
  readonly limits?: Partial<WireLimits> | undefined;
}

/**
 * Sends one message in the form that peer and channel agree on, and returns its size without framing. Throws as
 * `encodeMessage` and `Channel.send` do.
 */
export function sendMessage<M extends WireMessage>(channel: Channel, message: M, options: SendOptions<M>): number {
  if (options.encode === undefined && options.extensions && channel.carriesBytes) {
    const { text, bytes } = packMessage(message);
    channel.send(text, bytes);
    return messageSize(text, bytes);
  }
  const line = options.encode?.(message) ?? encodeMessage(message, options);
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
