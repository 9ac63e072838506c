import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** 32 bytes made of a value, slowly, so that nobody finds the value by trying. */
export function deriveKey(value: string, salt: Buffer): Promise<Buffer> {
  return derive(value, salt, 32);
}
