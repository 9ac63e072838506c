import { messageOf, WireError } from '../foundation/index.js';
import { textOfFrame } from './channels/frame-codec.js';
import { json } from './codec/scalars.js';
import { decodeEnvelope } from './envelope.js';
import type { WireJson } from './json/wire-json.js';
import { writeJson } from './json/write-json.js';
import type { EncodedPayload } from './messages.js';

/** Where the protocol wants one and there is nothing to say in it. */
export const emptyPayload: EncodedPayload = { data: new Uint8Array(), format: 'Json' };

/** A payload is encoded as a frame of that format is. */
const frameFormats = { Json: 'json', Binary: 'binary', Base64: 'base64' } as const;

/** The content of a request for another module, out of its `Message` envelope. Throws `WireError` MESSAGE_INVALID. */
export function contentOf({ data, format }: EncodedPayload): WireJson {
  if (format === 'Auto')
    throw new WireError('MESSAGE_INVALID', 'a payload of the format Auto does not say what it is: write Json');
  const payload = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  try {
    return decodeEnvelope(textOfFrame({ format: frameFormats[format], payload }), json).content;
  } catch (error) {
    throw new WireError('MESSAGE_INVALID', `the payload is no Message: ${messageOf(error)}`, { cause: error });
  }
}

/** A result for who asked another module: the JSON of it, in no envelope (DEFECTS R5). */
export function resultPayload(result: WireJson): EncodedPayload {
  return { data: Buffer.from(writeJson(result)), format: 'Json' };
}
