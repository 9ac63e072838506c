import { Deferred, withDeadline } from '../../src/foundation/index.js';
import { type Channel, createMemoryChannels } from '../../src/wire/index.js';
import { type End, readTranscript, type TranscriptLine } from './transcript.js';
import { LiveIds } from './transcript-match.js';
import { runModuleHalf, runOrchestratorHalf } from './transcript-scenario.js';

/**
 * Plays the other end of `tested` from the transcript of a version, to today's code. Rejects when that leaves out a line
 * of the recorded session, writes one of them differently, or writes more.
 */
export async function replayTranscript(version: number, tested: End): Promise<void> {
  const [testedEnd, otherEnd] = createMemoryChannels();
  const written = new WrittenLines(otherEnd);
  const half = tested === 'module' ? runModuleHalf(testedEnd, version) : runOrchestratorHalf(testedEnd, version);
  // Its failure is told when the lines are compared, or at the end.
  half.catch(() => undefined);
  const ids = new LiveIds();
  for (const turn of turnsOf(readTranscript(version))) {
    if (turn[0]!.from === tested) await written.compare(turn, ids);
    else for (const { line } of turn) otherEnd.send(ids.toLive(line));
  }
  await otherEnd.close();
  await half;
  const [more] = written.lines;
  if (more !== undefined) throw new Error(`v${version}: ${tested} wrote a line that was not recorded: ${more}`);
}

/** Lines of one end without one of the other between them; their order among each other is not the protocol's. */
function turnsOf(lines: readonly TranscriptLine[]): TranscriptLine[][] {
  const turns: TranscriptLine[][] = [];
  for (const line of lines) {
    const turn = turns.at(-1);
    if (turn?.[0]!.from === line.from) turn.push(line);
    else turns.push([line]);
  }
  return turns;
}

class WrittenLines {
  lines: string[] = [];
  #more = new Deferred<void>();

  constructor(channel: Channel) {
    channel.start({
      onLine: (line) => {
        this.lines.push(line);
        this.#more.resolve();
      },
      onBadLine: (error) => this.#more.reject(error),
      onEnd: () => this.#more.reject(new Error('the end under test closed the channel')),
    });
    this.#more.promise.catch(() => undefined);
  }

  /** Waits for each line of the turn and takes it out. */
  async compare(turn: readonly TranscriptLine[], ids: LiveIds): Promise<void> {
    for (const { line: recorded } of turn) {
      for (;;) {
        const differences = this.lines.map((line) => ids.difference(recorded, line));
        const at = differences.indexOf(undefined);
        if (at !== -1) {
          this.lines.splice(at, 1);
          break;
        }
        if (this.lines.length >= turn.length)
          throw new Error(`no line is as recorded: ${recorded}\n${differences.join('\n')}\n${this.lines.join('\n')}`);
        await this.#next(recorded, differences);
      }
    }
  }

  async #next(recorded: string, differences: readonly (string | undefined)[]): Promise<void> {
    this.#more = new Deferred<void>();
    const late = () =>
      new Error(`waited in vain for: ${recorded}\n${differences.join('\n')}\n${this.lines.join('\n')}`);
    await withDeadline(this.#more.promise, 10_000, late);
  }
}
