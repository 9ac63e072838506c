import { encodeError } from './error-frame.js';
import type { PortRequestMessage, PortResponseMessage } from './messages.js';

/** The answer to a module that asked for a port to listen on. */
export function portAnswer({ request_id }: PortRequestMessage, port: number): PortResponseMessage {
  return { op: 'port_response', request_id, success: true, port, error_message: null };
}

/** The answer when it gets none. */
export function portFailure(
  { request_id }: PortRequestMessage,
  error: unknown,
  redact: (text: string) => string,
): PortResponseMessage {
  const message = encodeError(error, redact).error;
  return { op: 'port_response', request_id, success: false, port: 0, error_message: message };
}
