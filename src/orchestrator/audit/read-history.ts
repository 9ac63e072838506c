import { type AuditEntry, readEntry } from './audit-entry.js';
import { auditDirectory, linesOf, segmentFile, segmentNumbers } from './audit-files.js';

/** What the audit log of a state directory holds about one secret, the oldest first. Lines that cannot be read are passed over. */
export async function readHistory(stateDirectory: string, name: string): Promise<AuditEntry[]> {
  const directory = auditDirectory(stateDirectory);
  const entries: AuditEntry[] = [];
  for (const number of await segmentNumbers(directory)) {
    for await (const { text } of linesOf(segmentFile(directory, number))) {
      const entry = readEntry(text)?.entry;
      if (entry?.names.includes(name)) entries.push(entry);
    }
  }
  return entries;
}
