import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SecretError } from '../secret-error.js';
import type { SecretProvider } from './secret-provider.js';

const largestBytes = 1024 * 1024;
const fileName = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/**
 * A directory with one file for each secret, as Kubernetes and Docker mount them. One line end at the end of a file is
 * not part of the value. Values are replaced atomically, by files of mode 0600. Names are letters, digits, `.`, `_` and
 * `-`, and do not begin with a dot: others are refused with `SecretError` INVALID, as are files over 1 MiB or not UTF-8.
 */
export class FileSecretProvider implements SecretProvider {
  readonly name: string;

  constructor(private readonly directory: string) {
    this.name = `file ${directory}`;
  }

  placesOf(name: string): readonly string[] {
    return [join(this.directory, name)];
  }

  async get(name: string): Promise<string | undefined> {
    const path = this.#path(name);
    try {
      return withoutLineEnd(name, await readBounded(name, path)) || undefined;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      throw this.#failed(name, 'read', error);
    }
  }

  async canWrite(name: string): Promise<true | string> {
    const path = this.#path(name);
    try {
      await access(this.directory, constants.W_OK);
      const entry = await lstat(path).catch((error: unknown) =>
        isCode(error, 'ENOENT') ? undefined : Promise.reject(error),
      );
      if (!entry?.isSymbolicLink()) return true;
      return `${path} is a symbolic link, as in a Kubernetes mount; change the secret where it is mounted from`;
    } catch (error) {
      return `the directory ${this.directory} cannot be written (${codeOf(error)}); give this user write access to it, or change the secret where it is mounted from`;
    }
  }

  async set(name: string, value: string): Promise<void> {
    const path = this.#path(name);
    const draft = join(this.directory, `.${name}.${randomUUID()}.tmp`);
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(value.endsWith('\n') ? `${value}\n` : value);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw this.#failed(name, 'write', error);
    }
  }

  async delete(name: string): Promise<boolean> {
    try {
      await rm(this.#path(name));
      return true;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return false;
      throw this.#failed(name, 'delete', error);
    }
  }

  async list(): Promise<readonly string[]> {
    try {
      const entries = await readdir(this.directory, { withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory() && fileName.test(entry.name))
        .map((entry) => entry.name)
        .sort();
    } catch (error) {
      if (isCode(error, 'ENOENT')) return [];
      throw this.#failed('*', 'list', error);
    }
  }

  #path(name: string): string {
    if (fileName.test(name)) return join(this.directory, name);
    throw new SecretError(
      'INVALID',
      `secret name '${name}' cannot be a file in ${this.directory}: use letters, digits, '.', '_' and '-', and no leading dot`,
      { details: { name } },
    );
  }

  #failed(name: string, verb: string, error: unknown): SecretError {
    if (error instanceof SecretError) return error;
    const code = codeOf(error);
    return new SecretError(
      'PROVIDER_FAILED',
      `cannot ${verb} ${join(this.directory, name)} (${code}); check the directory and its permissions`,
      {
        details: { name, errno: code },
        cause: error,
      },
    );
  }
}

async function readBounded(name: string, path: string): Promise<Buffer> {
  const entry = await stat(path);
  if (entry.isFile() && entry.size <= largestBytes) return readFile(path);
  const why = entry.isFile() ? 'larger than 1 MiB' : 'not a file';
  throw new SecretError('INVALID', `secret '${name}' in ${path} is ${why}`, { details: { name } });
}

function withoutLineEnd(name: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(/\r?\n$/, '');
  throw new SecretError('INVALID', `secret '${name}' is not UTF-8 text; store binary secrets as base64`, {
    details: { name },
  });
}

function isCode(error: unknown, code: string): boolean {
  return codeOf(error) === code;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
}
