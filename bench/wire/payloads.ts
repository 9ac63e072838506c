import { randomBytes } from 'node:crypto';
import type { Payload } from './contender.js';

/** What is echoed, by its size. */
export type PayloadName = keyof typeof payloads;

export const payloads = { '150 B': textOf(150), '10 KB': textOf(10_000), '1 MB': bytesOf(1_000_000) } as const;

function textOf(length: number): Payload {
  const text = randomBytes(length).toString('base64').slice(0, length);
  return { value: text, text, bytes: Buffer.from(text) };
}

function bytesOf(length: number): Payload {
  const bytes = randomBytes(length);
  return { value: bytes, text: bytes.toString('base64'), bytes };
}
