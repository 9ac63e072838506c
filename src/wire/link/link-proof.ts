import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * How the two ends of a link show each other that they know the token of the launch, without sending it: each signs the
 * random numbers of both, so that what was heard once opens nothing later, and nobody who took an address is believed.
 */
export type LinkRole = 'module' | 'orchestrator';

/** 32 random bytes, as text. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

export function newNonce(): string {
  return randomBytes(16).toString('base64url');
}

/** What `role` shows. `own` and `far` are the nonces as the one who shows it sees them. */
export function linkProof(token: string, role: LinkRole, own: string, far: string): string {
  return createHmac('sha256', token).update(`${role}\n${own}\n${far}`).digest('base64url');
}

/** Whether that is what `role` has to show. Takes as long for a wrong proof as for the right one. */
export function isLinkProof(proof: unknown, token: string, role: LinkRole, own: string, far: string): boolean {
  if (typeof proof !== 'string') return false;
  const [given, expected] = [Buffer.from(proof), Buffer.from(linkProof(token, role, own, far))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
