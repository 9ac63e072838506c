import { isDeepStrictEqual } from 'node:util';
import { array, assert as check, type Arbitrary, nat, property } from 'fast-check';

/** The same inputs in every run; a failure prints it, the path to the shrunk input and the input. */
const seed = 20_261_125;

/** Holds for so many generated inputs: `predicate` neither returns false nor throws. */
export function expectHolds<T>(input: Arbitrary<T>, predicate: (value: T) => boolean | void, numRuns = 200): void {
  check(property(input, predicate), { seed, numRuns });
}

/** Throws with both when they differ; bytes are the same whatever class they are of, and so are objects. */
export function assertSame(actual: unknown, expected: unknown): void {
  const [left, right] = [comparable(actual), comparable(expected)];
  if (!isDeepStrictEqual(left, right)) throw new Error(`${show(left)}\nis not\n${show(right)}`);
}

function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, comparable(member)]));
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item));
}

/** Where bytes are cut, however long they are. */
export const places = array(nat(), { maxLength: 12 });

/** Those bytes in pieces, some of them empty. */
export function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...at.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}
