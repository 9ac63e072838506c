import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type Logger, messageOf, writePrivateFile } from '../../foundation/index.js';
import type { RotationJournal, RotationRecord } from '../../secrets/index.js';
import { makePrivate } from '../control/control-socket.js';

/** Keeps each rotation under way in a file of the state directory, of mode 0600, which is there as a whole or not at all. */
export class JournalDirectory implements RotationJournal {
  readonly #directory: string;

  constructor(stateDirectory: string) {
    this.#directory = join(stateDirectory, 'rotations');
  }

  async write(record: RotationRecord): Promise<void> {
    try {
      await makePrivate(this.#directory);
      await writePrivateFile(this.#fileOf(record.rotationId), JSON.stringify(record));
    } catch (error) {
      const why = `the journal of rotations, ${this.#directory}, cannot be written (${messageOf(error)})`;
      throw new Error(`${why}; check the room and the permissions of the state directory`, { cause: error });
    }
  }

  async remove(rotationId: string): Promise<void> {
    await rm(this.#fileOf(rotationId), { force: true });
  }

  /** What a process before this one has left, the oldest first. What cannot be understood is logged and passed over. */
  async leftovers(logger: Logger): Promise<RotationRecord[]> {
    const names = await readdir(this.#directory).catch(() => []);
    // Drafts that a crash left: what they were to replace is there as a whole.
    for (const name of names.filter((each) => each.endsWith('.tmp')))
      await rm(join(this.#directory, name), { force: true }).catch(() => undefined);
    const records: RotationRecord[] = [];
    for (const name of names.filter((name) => name.endsWith('.json'))) {
      try {
        records.push(toRecord(JSON.parse(await readFile(join(this.#directory, name), 'utf8'))));
      } catch (error) {
        logger.error('the journal of a rotation cannot be read', { file: name, reason: messageOf(error) });
      }
    }
    return records.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  }

  #fileOf(rotationId: string): string {
    return join(this.#directory, `${rotationId}.json`);
  }
}

function toRecord(value: unknown): RotationRecord {
  const { rotationId, names, stage, versions, startedAt } = isJsonObject(value) ? value : {};
  const isRecord =
    typeof rotationId === 'string' &&
    /^[0-9a-f-]{36}$/.test(rotationId) &&
    Array.isArray(names) &&
    names.every((name) => typeof name === 'string') &&
    (stage === 'published' || stage === 'storing') &&
    isJsonObject(versions) &&
    typeof startedAt === 'string';
  if (!isRecord) throw new Error('it is no journal of a rotation');
  return value as RotationRecord;
}
