import { constants } from 'node:fs';
import { access, lstat, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, sweepDrafts, writePrivateFile } from '../../foundation/index.js';
import { SecretError } from '../secret-error.js';
import { checkSecretName, nameMistake } from '../secret-name.js';
import { type PlaceContent, PolledWatch, type WatchTimes } from './polled-watch.js';
import { codeOf, readSecretFile } from './read-secret-file.js';
import type { SecretProvider, SecretWatch } from './secret-provider.js';
import { singleMounts } from './single-mounts.js';

export type FileSecretProviderOptions = WatchTimes;

/**
 * A directory with one file for each secret, as Kubernetes, Docker and systemd provide them. One line end at the end of a
 * file is not part of the value. Values are replaced atomically, by files of mode 0600. Files over 1 MiB or not UTF-8 are
 * refused with `SecretError` INVALID. The watch sees files that are replaced and directories whose `..data` link is.
 */
export class FileSecretProvider implements SecretProvider {
  readonly name: string;

  constructor(
    private readonly directory: string,
    private readonly options: FileSecretProviderOptions = {},
  ) {
    this.name = `file ${directory}`;
  }

  placesOf(name: string): readonly string[] {
    return [join(this.directory, name)];
  }

  async get(name: string): Promise<string | undefined> {
    const path = this.#path(name);
    try {
      return withoutLineEnd(await readSecretFile(path, `secret '${name}'`, name)) || undefined;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw this.#failed(name, 'read', error);
    }
  }

  async canWrite(name: string): Promise<true | string> {
    const path = this.#path(name);
    try {
      await access(this.directory, constants.W_OK);
      return (await isLink(path)) ? linked(path) : true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return `there is no directory ${this.directory}; make it, or mount it`;
      return `the directory ${this.directory} cannot be written (${codeOf(error)}); give this user write access to it, or change the secret where it is mounted from`;
    }
  }

  async set(name: string, value: string): Promise<void> {
    const path = this.#path(name);
    try {
      await this.#refuseLink(name, path);
      await writePrivateFile(path, value.endsWith('\n') ? `${value}\n` : value);
    } catch (error) {
      throw this.#failed(name, 'write', error);
    }
  }

  async delete(name: string): Promise<boolean> {
    const path = this.#path(name);
    try {
      await this.#refuseLink(name, path);
      await rm(path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw this.#failed(name, 'delete', error);
    }
  }

  async list(): Promise<readonly string[]> {
    try {
      return await this.#names();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw this.#failed('', 'list', error);
    }
  }

  /** Logs a warning for each file that is a mount of its own (`subPath`), since no update ever reaches it. */
  async watch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    await sweepDrafts(this.directory);
    for (const file of await singleMounts(this.directory))
      this.options.logger?.warn(
        'a secret is mounted as a single file, which updates never reach; mount its whole directory',
        {
          name: file,
          directory: this.directory,
        },
      );
    const { name, directory } = this;
    return PolledWatch.start({ ...this.options, name, directory, look: () => this.#look(), changed });
  }

  async #look(): Promise<PlaceContent | undefined> {
    const values = new Map<string, string>();
    const unusable = new Map<string, string>();
    const names = await this.#names().catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw this.#failed('', 'watch', error);
    });
    if (!names) return undefined;
    await Promise.all(
      names.map(async (name) => {
        try {
          const value = await this.get(name);
          if (value !== undefined) values.set(name, value);
          else if (await isThere(this.#path(name))) unusable.set(name, `secret '${name}' is empty`);
        } catch (error) {
          unusable.set(name, messageOf(error));
        }
      }),
    );
    return { values, unusable };
  }

  async #names(): Promise<string[]> {
    const entries = await readdir(this.directory, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && nameMistake(entry.name) === undefined)
      .map((entry) => entry.name)
      .sort();
  }

  #path(name: string): string {
    checkSecretName(name);
    return join(this.directory, name);
  }

  async #refuseLink(name: string, path: string): Promise<void> {
    if (!(await isLink(path))) return;
    throw new SecretError('READ_ONLY', `secret '${name}' cannot be changed here: ${linked(path)}`, {
      details: { name },
    });
  }

  #failed(name: string, verb: string, error: unknown): SecretError {
    if (error instanceof SecretError) return error;
    const errno = codeOf(error);
    return new SecretError(
      'PROVIDER_FAILED',
      `cannot ${verb} ${join(this.directory, name)} (${errno}); check the directory and its permissions`,
      { details: { name, errno }, cause: error },
    );
  }
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function linked(path: string): string {
  return `${path} is a symbolic link, as in a Kubernetes mount; change the secret where it is mounted from`;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
