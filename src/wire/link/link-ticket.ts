import { createHash, timingSafeEqual } from 'node:crypto';
import { newToken } from './link-proof.js';

/**
 * What a module shows a new orchestrator to be taken over, once: 32 random bytes, as text. An orchestrator keeps only
 * the hash, so that nobody takes the module's place who reads what it keeps; and since the module shows the ticket only
 * to who knows the hash, nobody learns it who took the orchestrator's address.
 */
export const newTicket = newToken;

export function hashOfTicket(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}

export function isTicket(ticket: string, hash: string): boolean {
  const [given, expected] = [Buffer.from(hashOfTicket(ticket)), Buffer.from(hash)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
