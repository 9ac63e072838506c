import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../src/foundation/index.js';

/** One line of a vector file, as PROTOCOL.md section 14 describes them. */
export interface Vector {
  /** Its path in the directory. */
  readonly file: string;
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Every vector of a directory and those in it, file by file. What cannot be read, or is no vector, is a broken one. */
export function readVectors(directory: string): Vector[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  return files.flatMap((file) => vectorsOf(directory, file));
}

function vectorsOf(directory: string, file: string): Vector[] {
  let text: string;
  try {
    text = readFileSync(join(directory, file), 'utf8');
  } catch (error) {
    return [{ file, name: 'as a whole', fields: { broken: `it cannot be read: ${messageOf(error)}` } }];
  }
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => vectorOf(file, line, number));
}

function vectorOf(file: string, line: string, number: number): Vector {
  try {
    const fields = JSON.parse(line) as Record<string, unknown>;
    if (typeof fields['name'] === 'string') return { file, name: fields['name'], fields };
  } catch {
    // What it is then is said below.
  }
  return { file, name: `line ${number}`, fields: { broken: 'it is not a JSON object with a name' } };
}

/** A field of text. Throws when the vector has none. */
export function textOf({ fields }: Vector, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new Error(`the vector has no '${name}'`);
}

export class Failure extends Error {}

/** Says why a vector fails. */
export function fail(why: string): never {
  throw new Failure(why);
}
