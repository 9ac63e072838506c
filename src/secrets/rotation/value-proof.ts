import { randomBytes, timingSafeEqual } from 'node:crypto';
import { deriveKey } from './derive-key.js';

/** By which a value is recognised by whoever has it; slow to guess from, and of no use to anybody else. Both base64. */
export interface ValueProof {
  readonly salt: string;
  readonly hash: string;
}

export async function proofOf(value: string): Promise<ValueProof> {
  const salt = randomBytes(16);
  return { salt: salt.toString('base64'), hash: (await deriveKey(value, salt)).toString('base64') };
}

export async function proves({ salt, hash }: ValueProof, value: string): Promise<boolean> {
  const expected = Buffer.from(hash, 'base64');
  const found = await deriveKey(value, Buffer.from(salt, 'base64'));
  return expected.length === found.length && timingSafeEqual(expected, found);
}
