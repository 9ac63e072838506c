import type { FileChange } from './file-change.js';
import { orNull } from './file-index.js';
import type { WrittenTerms } from './index-effect.js';

/** A value whose file is there, and which is not in the cache yet. */
export interface Draft {
  readonly key: string;
  readonly file: string;
  readonly terms: WrittenTerms;
}

/** Of times that are Infinity where there is no ttl. */
export function writtenTerms(
  sizeBytes: number,
  expiresAt: number,
  ttlMs: number,
  tags: readonly string[],
): WrittenTerms {
  return { sizeBytes, expiresAt: orNull(expiresAt), ttlMs: orNull(ttlMs), tags };
}

/** Throws FULL when the policy is none and they do not all fit. */
export function checkFits(change: FileChange, drafts: readonly Draft[]): void {
  change.checkFits(drafts.map(({ key, terms }) => [key, terms.sizeBytes] as const));
}

/** Puts all of them into the cache, or none and throws FULL. */
export function put(change: FileChange, drafts: readonly Draft[]): void {
  checkFits(change, drafts);
  for (const { key, file, terms } of drafts) change.put(key, file, terms);
}
