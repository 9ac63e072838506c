import type { CallUnderWay } from './calls-under-way.js';
import { encodeError } from './error-frame.js';
import type { PortRequestMessage, PortResponseMessage } from './messages.js';

export interface PortGiver {
  /** Gives none once `signal` aborts: nobody would know of it. */
  requestPort(specific: number | null, signal?: AbortSignal): Promise<number>;
}

/** The answer to a module that asks for a port to listen on. Never rejects. */
export async function portAnswer(
  { request_id, specific_port }: PortRequestMessage,
  giver: PortGiver,
  redact: (text: string) => string,
  call?: CallUnderWay,
): Promise<PortResponseMessage> {
  const answer = { op: 'port_response', request_id } as const;
  try {
    const port = await giver.requestPort(specific_port, call?.signal);
    return { ...answer, success: true, port, error_message: null };
  } catch (error) {
    return { ...answer, success: false, port: 0, error_message: encodeError(error, redact).error };
  }
}
