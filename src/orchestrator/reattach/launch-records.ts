import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type Logger } from '../../foundation/index.js';
import { type LaunchRecord, readLaunchRecord } from './launch-record.js';

const version = 1;

/**
 * The launches that a later orchestrator may take over, in a file of the state directory that only this user can read.
 * There is one writer, and the file is replaced as a whole.
 */
export class LaunchRecords {
  /** What the orchestrator before left. */
  readonly found: readonly LaunchRecord[];
  readonly #path: string;
  readonly #records: Map<string, LaunchRecord>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, found: readonly LaunchRecord[]) {
    this.#path = path;
    this.found = found;
    this.#records = new Map(found.map((record) => [record.launchId, record]));
  }

  /** A file that cannot be read is none, which is logged. */
  static async open(stateDirectory: string, logger: Logger): Promise<LaunchRecords> {
    const path = join(stateDirectory, 'launches.json');
    try {
      return new LaunchRecords(path, recordsIn(JSON.parse(await readFile(path, 'utf8'))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        logger.warn('what an orchestrator before left of its modules cannot be read; none is taken over', {
          path,
          error,
        });
      return new LaunchRecords(path, []);
    }
  }

  get(launchId: string): LaunchRecord | undefined {
    return this.#records.get(launchId);
  }

  /** Resolves once it is on disk. */
  put(record: LaunchRecord): Promise<void> {
    this.#records.set(record.launchId, record);
    return this.#write();
  }

  /** Does nothing for a launch that has none. */
  async remove(launchId: string): Promise<void> {
    if (this.#records.delete(launchId)) await this.#write();
  }

  #write(): Promise<void> {
    const written = this.#writing.then(() => this.#replace());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #replace(): Promise<void> {
    if (this.#records.size === 0) return rm(this.#path, { force: true });
    const next = `${this.#path}.next`;
    const text = JSON.stringify({ version, launches: [...this.#records.values()] });
    // What a writer that was killed left may be open to others.
    await rm(next, { force: true });
    await writeFile(next, text, { mode: 0o600, flag: 'wx', flush: true });
    await rename(next, this.#path);
  }
}

function recordsIn(value: unknown): LaunchRecord[] {
  if (!isJsonObject(value) || value['version'] !== version || !Array.isArray(value['launches']))
    throw new TypeError(`it is not of version ${version}`);
  return value['launches'].map(readLaunchRecord).filter((record) => record !== undefined);
}
