import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isJsonObject, writePrivateFile } from '../../foundation/index.js';

const segmentName = /^audit-(\d{6,})\.jsonl$/;
const headName = 'audit.head';

/** What the log held when it was last written, so that lines missing at its end or its beginning are noticed. */
export interface AuditHead {
  /** Of the last line. */
  readonly seq: number;
  readonly hash: string;
  /** Of the first line that is kept: its number, and the hash it follows. */
  readonly firstSeq: number;
  readonly firstPrev: string;
}

export function auditDirectory(stateDirectory: string): string {
  return join(stateDirectory, 'audit');
}

export function segmentFile(directory: string, number: number): string {
  return join(directory, `audit-${String(number).padStart(6, '0')}.jsonl`);
}

/** The numbers of the files of a log, ascending; none where there is no log. */
export async function segmentNumbers(directory: string): Promise<number[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const numbers = names.map((name) => Number(segmentName.exec(name)?.[1]));
  return numbers.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b);
}

/** undefined when there is none, or it cannot be understood. */
export async function readHead(directory: string): Promise<AuditHead | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(directory, headName), 'utf8'));
    const { seq, hash, firstSeq, firstPrev } = isJsonObject(value) ? value : {};
    const isHead =
      [seq, firstSeq].every(Number.isSafeInteger) && [hash, firstPrev].every((it) => typeof it === 'string');
    return isHead ? (value as AuditHead) : undefined;
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isAbsent || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function writeHead(directory: string, head: AuditHead): Promise<void> {
  await writePrivateFile(join(directory, headName), JSON.stringify(head));
}

/** The lines of one file, counted from 1. A last one without an end of line was not written to its end. */
export async function* linesOf(path: string): AsyncGenerator<{ readonly number: number; readonly text: string }> {
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity });
  let number = 0;
  for await (const text of lines) yield { number: (number += 1), text };
}
