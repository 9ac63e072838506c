import { WireError } from '../foundation/index.js';
import type { Channel } from './channel.js';
import { isControlMessage } from './control-messages.js';
import { encodeLine, type EncodeOptions, packMessage } from './encode.js';
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
    channel.send(sent.text, sent.bytes, false, sent.textBytes);
  } catch (error) {
    if (!WireError.is(error) || error.code !== 'BACKPRESSURE' || !isControlMessage(message)) throw error;
    channel.send(sent.text, sent.bytes, true, sent.textBytes);
  }
  return sent;
}

function formOf<M extends WireMessage>(channel: Channel, message: M, options: SendOptions<M>): PackedJson {
  if (options.encode === undefined && options.extensions && channel.carriesBytes)
    return packMessage(message, options.brief, options.maxNesting);
  const line = options.encode ? { text: options.encode(message), bytes: noBytes } : encodeLine(message, options);
  const problem = message.op === 'init' ? initLineProblem(line.text, options.limits) : undefined;
  if (problem) throw problem;
  return line;
}

/** How many bytes a message takes, those beside its text included. */
export function messageSize(
  text: string,
  bytes: readonly Uint8Array[] = noBytes,
  textBytes = Buffer.byteLength(text),
): number {
  let size = textBytes;
  for (const part of bytes) size += part.byteLength;
  return size;
}
