import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/foundation/index.js';
import { failureOf } from './check-vector.js';
import { readVectors, type Vector } from './vector.js';

/** Prints each failure and the counts; gives the exit code. A directory without vectors is a failure, too. */
export function runConformance(directories: readonly string[], print: (line: string) => void): number {
  let passed = 0;
  let failed = 0;
  const fail = (line: string) => {
    failed += 1;
    print(line);
  };
  for (const directory of directories) {
    for (const vector of vectorsOf(directory, fail)) {
      const why = failureOf(vector);
      if (why === undefined) passed += 1;
      else fail(`${vector.file} ${vector.name}: ${why}`);
    }
  }
  print(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function vectorsOf(directory: string, fail: (line: string) => void): readonly Vector[] {
  try {
    const vectors = readVectors(directory);
    if (vectors.length === 0) fail(`${directory}: there is no *.jsonl file with a vector in it`);
    return vectors;
  } catch (error) {
    fail(`${directory}: it cannot be read: ${messageOf(error)}`);
    return [];
  }
}

export const ownVectors = fileURLToPath(new URL('vectors', import.meta.url));

/** Of the same format, for what the golden vectors leave out and was read wrongly once. */
export const moreVectors = fileURLToPath(new URL('more-vectors', import.meta.url));
