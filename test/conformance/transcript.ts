import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type End = 'orchestrator' | 'module';

/** One line as it passed between the two ends. */
export interface TranscriptLine {
  readonly from: End;
  readonly line: string;
}

export const transcripts = join(dirname(fileURLToPath(import.meta.url)), 'transcripts');

/** The versions of the protocol that were ever shipped; 0 is the plain protocol, without our extensions. */
export function frozenVersions(): number[] {
  return readdirSync(transcripts)
    .map((name) => Number(/^v(\d+)\.jsonl$/.exec(name)?.[1]))
    .filter((version) => !Number.isNaN(version))
    .toSorted((a, b) => a - b);
}

export function transcriptFile(version: number): string {
  return join(transcripts, `v${version}.jsonl`);
}

export function readTranscript(version: number): TranscriptLine[] {
  const text = readFileSync(transcriptFile(version), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TranscriptLine);
}
