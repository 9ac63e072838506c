import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { noHash, readEntry } from './audit-entry.js';
import { auditDirectory, readHead, segmentFile, segmentNumbers } from './audit-files.js';

/** A line of the audit log that is not what was written. */
export interface AuditProblem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

export interface AuditVerdict {
  readonly isIntact: boolean;
  /** Where the log is. */
  readonly directory: string;
  /** Lines that were read. */
  readonly entries: number;
  readonly problems: readonly AuditProblem[];
}

const mostProblems = 100;

/**
 * Reads the audit log of a state directory from its first line to its last, whether or not an orchestrator runs with it,
 * and tells which lines were changed, removed, added or moved. What it cannot see: a log whose every trace was removed.
 */
export async function verifyAudit(stateDirectory: string): Promise<AuditVerdict> {
  const directory = auditDirectory(stateDirectory);
  const [head, numbers] = [await readHead(directory), await segmentNumbers(directory)];
  const problems: AuditProblem[] = [];
  let [expected, prev, entries]: [number, string | undefined, number] = [
    head?.firstSeq ?? 1,
    head?.firstPrev ?? noHash,
    0,
  ];
  let place = { file: 'audit-000001.jsonl', line: 0 };
  const report = (message: string) => {
    if (problems.length < mostProblems) problems.push({ ...place, message });
  };
  for (const number of numbers) {
    const path = segmentFile(directory, number);
    const text = await readFile(path, 'utf8');
    const lines = text.split('\n');
    // Without its end of line it is still being written, or was when its orchestrator was killed.
    lines.pop();
    for (const [index, line] of lines.entries()) {
      place = { file: basename(path), line: index + 1 };
      entries += 1;
      const read = readEntry(line);
      if (!read) {
        report('is no entry of the log: it was changed or added');
        [expected, prev] = [expected + 1, undefined];
        continue;
      }
      const { entry, isIntact } = read;
      if (!isIntact) report(`was changed: its hash is not that of what stands there (entry ${entry.seq})`);
      if (entry.seq > expected) report(missing(expected, entry.seq - 1, 'before it'));
      else if (entry.seq < expected) report(`is entry ${entry.seq} where ${expected} should stand: moved or copied`);
      else if (prev !== undefined && entry.prev !== prev)
        report(`does not follow the line before: one of them was changed (entry ${entry.seq})`);
      if (entry.seq === head?.seq && entry.hash !== head.hash) report('is not the entry that was written last');
      [expected, prev] = [entry.seq + 1, entry.hash];
    }
  }
  place = { ...place, line: place.line + 1 };
  const written = head?.seq ?? 0;
  if (expected <= written) report(missing(expected, written, 'at the end'));
  else if (head === undefined && entries > 0)
    report('audit.head is missing or unreadable: nobody knows where the log ends');
  return { isIntact: problems.length === 0, directory, entries, problems };
}

function missing(first: number, last: number, where: string): string {
  return first === last ? `entry ${first} is missing ${where}` : `entries ${first} to ${last} are missing ${where}`;
}
