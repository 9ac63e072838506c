import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type Logger, messageOf, settlesWithin, writePrivateFile } from '../../foundation/index.js';
import { newVersion, proofOf, proves, type SecretProvider, type StoredSecret } from '../../secrets/index.js';
import { makePrivate } from '../control/control-socket.js';

/** How long an orchestrator that starts waits for its providers and for the proofs, which are slow on purpose. */
const takeMs = 10_000;
const ending = '.json';

/**
 * The versions of secrets that commands set while no orchestrator ran, in a directory of the state directory until the
 * next one takes them over. Of a value a proof is kept, by which it is recognised, never the value.
 */
export class SetVersions {
  readonly #directory: string;

  constructor(stateDirectory: string) {
    this.#directory = join(stateDirectory, 'set');
  }

  /** Gives the value a version, in place of one that a value of before was given. */
  async give(name: string, value: string): Promise<string> {
    const [version, proof] = [newVersion(), await proofOf(value)];
    await makePrivate(this.#directory);
    await writePrivateFile(join(this.#directory, name + ending), JSON.stringify({ version, proof }));
    return version;
  }

  /** Those whose values are still where they were set, by name; nothing is kept of them any more. Never rejects. */
  async take(provider: Pick<SecretProvider, 'get'>, logger: Logger): Promise<ReadonlyMap<string, StoredSecret>> {
    const taken = new Map<string, StoredSecret>();
    const names = (await readdir(this.#directory).catch(() => []))
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length));
    const taking = names.map(async (name) => {
      try {
        const { version, proof } = await this.#read(name);
        const value = await provider.get(name);
        if (value !== undefined && (await proves(proof, value))) taken.set(name, { value, version });
      } catch (error) {
        logger.warn('a secret that was set has another version than its entry in the audit log', {
          name,
          reason: messageOf(error),
        });
      }
    });
    await settlesWithin(Promise.all(taking), takeMs);
    await rm(this.#directory, { recursive: true, force: true }).catch((error: unknown) =>
      logger.warn('the versions of secrets that were set cannot be removed', { reason: messageOf(error) }),
    );
    return new Map(taken);
  }

  async #read(name: string) {
    const value: unknown = JSON.parse(await readFile(join(this.#directory, name + ending), 'utf8'));
    const { version, proof } = isJsonObject(value) ? value : {};
    const { salt, hash } = isJsonObject(proof) ? proof : {};
    if (typeof version !== 'string' || typeof salt !== 'string' || typeof hash !== 'string')
      throw new Error(`${name}${ending} is no version of a secret`);
    return { version, proof: { salt, hash } };
  }
}
