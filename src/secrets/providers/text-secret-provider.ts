import { dirname } from 'node:path';
import { parseEnv } from 'node:util';
import { messageOf, ValueError, withoutByteOrderMark } from '../../foundation/index.js';
import { SecretError } from '../secret-error.js';
import { checkSecretName, nameMistake } from '../secret-name.js';
import { parseFlatToml } from './parse-flat-toml.js';
import { type PlaceContent, PolledWatch, type WatchTimes } from './polled-watch.js';
import { codeOf, readSecretFile } from './read-secret-file.js';
import type { SecretProvider, SecretWatch } from './secret-provider.js';

export interface TextSecretProviderOptions extends WatchTimes {
  /** `dotenv`: lines `NAME=value` as Node reads them. `toml`: lines `NAME = "value"`, as the Rust SDK reads them. */
  readonly format: 'dotenv' | 'toml';
}

const parsers = {
  dotenv: (text: string): NodeJS.Dict<string> => parseEnv(text),
  toml: parseFlatToml,
} as const;

/**
 * One text file with many secrets, for development: a `.env`, or a flat TOML file. Read-only, because its comments and its
 * order are somebody's own. Read at every call, so that an edit counts at once; the watch tells of it.
 */
export class TextSecretProvider implements SecretProvider {
  readonly name: string;

  constructor(
    private readonly path: string,
    private readonly options: TextSecretProviderOptions,
  ) {
    this.name = `${options.format} ${path}`;
  }

  placesOf(name: string): readonly string[] {
    return [`${name} in ${this.path}`];
  }

  async get(name: string): Promise<string | undefined> {
    checkSecretName(name);
    return (await this.#read()).get(name) || undefined;
  }

  canWrite(): Promise<string> {
    return Promise.resolve(
      `it comes from ${this.path}, which is edited by hand; move it to a directory of secret files (secrets: - file: ./secrets)`,
    );
  }

  async list(): Promise<readonly string[]> {
    return [...(await this.#read())]
      .filter(([name, value]) => value !== '' && nameMistake(name) === undefined)
      .map(([name]) => name)
      .sort();
  }

  watch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    const { format: _, ...times } = this.options;
    const directory = dirname(this.path);
    return PolledWatch.start({ ...times, name: this.name, directory, look: () => this.#look(), changed });
  }

  async #look(): Promise<PlaceContent | undefined> {
    const all = await this.#read();
    // An editor that writes in place leaves the file empty for a moment, and gone for another.
    if (all.size === 0) return undefined;
    const values = new Map([...all].filter(([, value]) => value !== ''));
    const empty = [...all].filter(([, value]) => value === '');
    return { values, unusable: new Map(empty.map(([name]) => [name, `secret '${name}' is empty in ${this.path}`])) };
  }

  async #read(): Promise<ReadonlyMap<string, string>> {
    try {
      const text = await readSecretFile(this.path, 'the file of secrets', this.path);
      const parsed = parsers[this.options.format](withoutByteOrderMark(text));
      return new Map(Object.entries(parsed).map(([name, value]) => [name, value ?? '']));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new Map();
      if (error instanceof SecretError) throw error;
      const details = { path: this.path };
      if (error instanceof ValueError)
        throw new SecretError('INVALID', `${this.path} cannot be read: ${messageOf(error)}`, { details });
      const message = `cannot read ${this.path} (${codeOf(error)}); check the file and its permissions`;
      throw new SecretError('PROVIDER_FAILED', message, {
        details: { ...details, errno: codeOf(error) },
        cause: error,
      });
    }
  }
}
