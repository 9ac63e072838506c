import { fileURLToPath } from 'node:url';
import { failureOf } from './check-vector.js';
import { readVectors } from './vector.js';

/** Prints each failure and the counts; gives the exit code. */
export function runConformance(directory: string, print: (line: string) => void): number {
  const vectors = readVectors(directory);
  const failures = vectors.flatMap((vector) => {
    const why = failureOf(vector);
    return why === undefined ? [] : [`${vector.file} ${vector.name}: ${why}`];
  });
  if (vectors.length === 0) failures.push(`${directory}: there is no *.jsonl file with a vector in it`);
  for (const failure of failures) print(failure);
  print(`${vectors.length === 0 ? 0 : vectors.length - failures.length} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

export const ownVectors = fileURLToPath(new URL('vectors', import.meta.url));

/** Of the same format, for what the golden vectors leave out and was read wrongly once. */
export const moreVectors = fileURLToPath(new URL('more-vectors', import.meta.url));
