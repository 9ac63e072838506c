import { messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { LoginFailure } from '../relay/login-failure.js';
import { clientInteractionTimeout, neverSent } from '../server/server-errors.js';
import { errorPacket } from './mysql-packets.js';
import type { Leftover } from './statement-guard.js';

/** An error in place of the answer to a command. */
export interface Refusal {
  readonly answer: (sequence: number) => Uint8Array;
}

export function refusal(errno: number, text: string, state = '42000'): Refusal {
  return { answer: (sequence) => errorPacket(sequence, errno, state, text) };
}

/** For a statement that would be answered with what another connection left. */
export function lostLeftover(database: string, asksFor: Leftover | undefined): Refusal {
  const text = `database '${database}': the statement asks for what the ${asksFor} left in the session, which has gone to another connection since; use the result of that statement, or a transaction`;
  return refusal(1105, text, 'HY000');
}

/** ER_NET_PACKET_TOO_LARGE, in the server's words. */
export function packetTooLarge(sequence: number): Buffer {
  return errorPacket(sequence, 1153, '08S01', "Got a packet bigger than 'max_allowed_packet' bytes");
}

/** Says what kind of failure it was, but not the host and user that the error itself names. */
export function errorAnswer(sequence: number, error: unknown): Buffer {
  // Whoever shows it says which database it is.
  const message = messageOf(error).replace(/^database '[^']*': /, '');
  if (isPoolError(error)) return errorPacket(sequence, 1040, '08004', message);
  if (isRefusedSecret(error)) return errorPacket(sequence, 1105, neverSent, message);
  if (isLeftIdle(error)) return errorPacket(sequence, clientInteractionTimeout, 'HY000', message);
  const { code, details = {} } = error instanceof DatabaseError ? error : {};
  const errno = typeof details['errno'] === 'number' ? details['errno'] : 1105;
  const ownState = typeof details['sqlState'] === 'string' ? details['sqlState'] : 'HY000';
  const told = error instanceof LoginFailure ? error.told : 'the orchestrator could not connect; its log says why';
  return errorPacket(sequence, errno, code === 'CONNECTION' ? neverSent : ownState, told);
}

/** Whether a connection can be had later, so that only the command has failed. */
export function mayComeLater(error: unknown): boolean {
  return isPoolError(error) || isRefusedSecret(error);
}

/** Whether its transaction was idle for too long, of which MySQL tells a client that asked for nothing. */
export function isLeftIdle(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === 'TIMEOUT';
}

const isPoolError = (error: unknown): boolean => error instanceof DatabaseError && error.code === 'POOL';

/** A password that is a secret and that the server does not take at the moment. */
const isRefusedSecret = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === 'CONNECTION' && error.details['secret'] !== undefined;
