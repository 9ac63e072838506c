import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** By which a value is recognised by whoever has it; slow to guess from, and of no use to anybody else. Both base64. */
export interface ValueProof {
  readonly salt: string;
  readonly hash: string;
}

export async function proofOf(value: string): Promise<ValueProof> {
  const salt = randomBytes(16);
  return { salt: salt.toString('base64'), hash: (await derive(value, salt, 32)).toString('base64') };
}

export async function proves({ salt, hash }: ValueProof, value: string): Promise<boolean> {
  const expected = Buffer.from(hash, 'base64');
  const found = await derive(value, Buffer.from(salt, 'base64'), 32);
  return expected.length === found.length && timingSafeEqual(expected, found);
}
