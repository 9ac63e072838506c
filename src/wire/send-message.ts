import { WireError } from '../foundation/index.js';
import type { Channel } from './channel.js';
import { isControlMessage } from './control-messages.js';
import { encodeMessage, type EncodeOptions, packMessage } from './encode.js';
import { initLineProblem, type WireLimits } from './limits.js';
import { noBytes, type PackedJson } from './json/write-json.js';
import type { WireMessage } from './messages.js';

export interface SendOptions<M> extends EncodeOptions {
  /** Writes the message in another way, always as text. */
  readonly encode?: ((message: M) => string) | undefined;
  /** For the init line, which has limits of its own. */
  readonly limits?: Partial<WireLimits> | undefined;
}

/**
 * Sends one message in the form that peer and channel agree on, and returns that form. Where too much waits already, a
 * control message takes the room that is kept for those. Throws as `encodeMessage` and `Channel.send` do.
 */
export function sendMessage<M extends WireMessage>(channel: Channel, message: M, options: SendOptions<M>): PackedJson {
  const sent = formOf(channel, message, options);
  try {
    channel.send(sent.text, sent.bytes);
  } catch (error) {
    if (!WireError.is(error) || error.code !== 'BACKPRESSURE' || !isControlMessage(message)) throw error;
    channel.send(sent.text, sent.bytes, true);
  }
  return sent;
}

function formOf<M extends WireMessage>(channel: Channel, message: M, options: SendOptions<M>): PackedJson {
  if (options.encode === undefined && options.extensions && channel.carriesBytes)
    return packMessage(message, options.brief, options.maxNesting);
  const text = options.encode?.(message) ?? encodeMessage(message, options);
  const problem = message.op === 'init' ? initLineProblem(text, options.limits) : undefined;
  if (problem) throw problem;
  return { text, bytes: noBytes };
}

/** How many bytes a message takes, those beside its text included. */
export function messageSize(text: string, bytes: readonly Uint8Array[] = []): number {
  let size = Buffer.byteLength(text);
  for (const part of bytes) size += part.byteLength;
  return size;
}
