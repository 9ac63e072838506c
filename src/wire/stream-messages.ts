/**
 * Bytes that travel beside the calls of a session, between two ends that agreed on the feature `streams`. A stream goes
 * one way. Another message names it (`body_stream` of a request); its writer sends nothing before the reader granted it.
 */

/** From the writer: the next bytes, no more than were granted. None at all say that the source is alive but idle. */
export interface StreamDataMessage {
  readonly op: 'stream_data';
  readonly stream_id: string;
  readonly data: Uint8Array;
}

/** From the reader: how many more bytes the writer may send. */
export interface StreamCreditMessage {
  readonly op: 'stream_credit';
  readonly stream_id: string;
  readonly bytes: number;
}

/** From the writer: that was all. */
export interface StreamEndMessage {
  readonly op: 'stream_end';
  readonly stream_id: string;
  /** How many bytes the whole stream had. */
  readonly bytes: number;
  /** CRC-32 of them, as zlib counts it. */
  readonly checksum: number;
}

/** From either end: it gives the stream up, and nothing more of it is sent or read. */
export interface StreamAbortMessage {
  readonly op: 'stream_abort';
  readonly stream_id: string;
  readonly error: string;
  readonly error_code?: string;
}

/** The same in both directions. */
export type StreamMessage = StreamDataMessage | StreamCreditMessage | StreamEndMessage | StreamAbortMessage;

export function isStreamMessage(message: { readonly op: string }): message is StreamMessage {
  return message.op.startsWith('stream_');
}
