import { existsSync, writeFileSync } from 'node:fs';
import { type Channel, createMemoryChannels } from '../../src/wire/index.js';
import { type End, type TranscriptLine, transcriptFile } from './transcript.js';
import { runModuleHalf, runOrchestratorHalf } from './transcript-scenario.js';

/** Runs the scenario between our two ends; version 0 without the offer of extensions, so that both speak plain. */
export async function recordTranscript(version: number): Promise<TranscriptLine[]> {
  const lines: TranscriptLine[] = [];
  const [moduleEnd, besideModule] = createMemoryChannels();
  const [orchestratorEnd, besideOrchestrator] = createMemoryChannels();
  const pass = (from: End, source: Channel, target: Channel) =>
    source.start({
      onLine: (sent) => {
        const line = version === 0 ? withoutOffer(sent) : sent;
        lines.push({ from, line });
        target.send(line);
      },
      onBadLine: (error) => {
        throw error;
      },
      onEnd: () => void target.close(),
    });
  pass('module', besideModule, besideOrchestrator);
  pass('orchestrator', besideOrchestrator, besideModule);
  await Promise.all([runModuleHalf(moduleEnd, version), runOrchestratorHalf(orchestratorEnd, version)]);
  return lines;
}

function withoutOffer(line: string): string {
  if (!line.startsWith('{"op":"init"')) return line;
  const { ext: _, ...init } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify(init);
}

// npm run record-transcript -- VERSION: freezes what both ends write now as that version, once.
if (process.argv[1]?.endsWith('record-transcript.ts')) {
  const version = Number(process.argv[2]);
  const file = transcriptFile(version);
  if (!Number.isInteger(version))
    throw new Error('name the version to freeze, such as: npm run record-transcript -- 3');
  if (existsSync(file)) throw new Error(`${file} is frozen: a version that was shipped never changes`);
  const lines = await recordTranscript(version);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
