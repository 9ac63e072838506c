import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createDirectory, sweepDrafts, writePrivateFile } from '../../foundation/index.js';
import { longestValue, longestValueBytes } from '../checked-value.js';
import { SecretError } from '../secret-error.js';
import { checkSecretName } from '../secret-name.js';
import { withFileLock } from './file-lock.js';
import { type PlaceContent, PolledWatch, type WatchTimes } from './polled-watch.js';
import { codeOf } from './read-secret-file.js';
import type { SecretProvider, SecretWatch } from './secret-provider.js';
import { type KeptVersion, readDocument, type StoreDocument, withValue, writeDocument } from './store-document.js';
import { keyFrom, keyFromPassphrase, readKeyFile, type StoreKey, writeKeyFile } from './store-key.js';

export interface EncryptedSecretProviderOptions extends WatchTimes {
  /** The file of the store; it is made by the first `set`. */
  readonly path: string;
  /** A file with an age key, made together with the store where neither is there; or a passphrase, asked for once. */
  readonly key: { readonly file: string } | { readonly passphrase: () => Promise<string> };
  /** How many values of a secret are kept, the one in force among them. Default 10. */
  readonly keep?: number;
  /** How long a writer waits for another one. Default 10 s. */
  readonly lockMs?: number;
  /** Rounds of the derivation from a passphrase, as a power of two. Default 18. */
  readonly workFactor?: number;
}

const largestBytes = 64 * 1024 * 1024;

/**
 * Secrets in one encrypted file of the age format, of mode 0600. Written atomically and under a lock, so that nothing is
 * lost by a crash or by two writers; older values are kept. A wrong key, and a file that was cut off or changed by
 * anybody or is gone since it was read, is a `SecretError` STORE_UNREADABLE, and then nothing is written in its place.
 */
export class EncryptedSecretProvider implements SecretProvider {
  readonly name: string;
  #key: Promise<StoreKey> | undefined;
  #opened: { readonly mark: string; readonly document: Promise<StoreDocument> } | undefined;
  #wasThere = false;

  constructor(private readonly options: EncryptedSecretProviderOptions) {
    this.name = `store ${options.path}`;
  }

  placesOf(name: string): readonly string[] {
    return [`${name} in ${this.options.path}`];
  }

  async get(name: string): Promise<string | undefined> {
    return (await this.#versions(name))[0]?.value || undefined;
  }

  /** When each kept value was stored, newest first, which is the one in force. Never the values. */
  async versions(name: string): Promise<readonly Omit<KeptVersion, 'value'>[]> {
    return (await this.#versions(name)).map(({ version, at }) => ({ version, at }));
  }

  /** Rejects where the store cannot be read, which nothing is written over. */
  async canWrite(name: string): Promise<true> {
    checkSecretName(name);
    await this.#document();
    return true;
  }

  async set(name: string, value: string): Promise<void> {
    checkSecretName(name);
    const { keep = 10, path } = this.options;
    if (Buffer.byteLength(value) > longestValueBytes)
      throw new SecretError('INVALID', `secret '${name}' is larger than ${longestValue}: ${path} does not take it`, {
        details: { name },
      });
    await this.#change((document) => withValue(document, name, value, keep));
  }

  /** Forgets the secret with all its kept values. */
  async delete(name: string): Promise<boolean> {
    checkSecretName(name);
    if ((await this.#versions(name)).length === 0) return false;
    await this.#change((document) => new Map([...document].filter(([other]) => other !== name)));
    return true;
  }

  async list(): Promise<readonly string[]> {
    return [...(await this.#document()).keys()].sort();
  }

  async watch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    await sweepDrafts(dirname(this.options.path));
    const { path, pollMs, settleMs, lookMs, logger } = this.options;
    const times = { logger, ...(pollMs && { pollMs }), ...(settleMs && { settleMs }), lookMs: lookMs ?? 30_000 };
    const look = () => this.#look();
    return PolledWatch.start({ ...times, name: this.name, directory: dirname(path), look, changed });
  }

  async #versions(name: string): Promise<readonly KeptVersion[]> {
    checkSecretName(name);
    return (await this.#document()).get(name) ?? [];
  }

  async #look(): Promise<PlaceContent | undefined> {
    if ((await this.#mark()) === undefined) return undefined;
    const values = [...(await this.#document())].map(([name, [first]]) => [name, first?.value ?? ''] as const);
    return { values: new Map(values), unusable: new Map() };
  }

  /** What the file holds now; it is opened again only when it is another one, since that takes a second. */
  async #document(): Promise<StoreDocument> {
    const mark = await this.#mark();
    if (mark === undefined) {
      if (this.#wasThere) throw this.#unreadable('is gone; put it back, or restore it from a copy');
      return new Map();
    }
    this.#wasThere = true;
    if (this.#opened?.mark === mark) return this.#opened.document;
    const opened = { mark, document: this.#open() };
    this.#opened = opened;
    opened.document.catch((error: unknown) => {
      const isFinal = SecretError.is(error) && error.code === 'STORE_UNREADABLE';
      if (!isFinal && this.#opened === opened) this.#opened = undefined;
    });
    return opened.document;
  }

  async #mark(): Promise<string | undefined> {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(this.options.path, { bigint: true });
      if (size > largestBytes) throw this.#unreadable('is larger than 64 MiB, which no store is');
      return [dev, ino, size, mtimeNs, ctimeNs].join(':');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw this.#failed('read', error);
    }
  }

  async #open(): Promise<StoreDocument> {
    const bytes = await readFile(this.options.path).catch((error: unknown) =>
      Promise.reject(this.#failed('read', error)),
    );
    const { decrypter } = await this.#storeKey(false);
    let text: string;
    try {
      text = await decrypter.decrypt(bytes, 'text');
    } catch (error) {
      const isLocked = error instanceof Error && error.message.startsWith('no identity matched');
      const opener = 'file' in this.options.key ? `the key in ${this.options.key.file}` : 'this passphrase';
      const cure = `give the ${'file' in this.options.key ? 'key' : 'passphrase'} it was made with`;
      throw this.#unreadable(
        isLocked
          ? `cannot be opened with ${opener}: ${cure}; it is as it was`
          : 'was cut off or changed since it was written; restore it from a copy',
      );
    }
    const document = readDocument(text);
    if (!document) throw this.#unreadable('holds something else than a store of secrets');
    return document;
  }

  async #change(change: (document: StoreDocument) => StoreDocument): Promise<void> {
    const { path, lockMs } = this.options;
    try {
      await createDirectory(dirname(path), 0o700);
      await withFileLock(
        path,
        async () => {
          const document = change(await this.#document());
          const { encrypter } = await this.#storeKey((await this.#mark()) === undefined);
          await writePrivateFile(path, await encrypter.encrypt(writeDocument(document)));
          this.#wasThere = true;
          const mark = await this.#mark();
          if (mark !== undefined) this.#opened = { mark, document: Promise.resolve(document) };
        },
        lockMs,
      );
    } catch (error) {
      throw error instanceof SecretError ? error : this.#failed('write', error);
    }
  }

  #storeKey(isNew: boolean): Promise<StoreKey> {
    const { key, workFactor } = this.options;
    const opening = async () => {
      if ('passphrase' in key) return keyFromPassphrase(await key.passphrase(), workFactor);
      const isMissing =
        isNew &&
        (await stat(key.file).then(
          () => false,
          (error) => codeOf(error) === 'ENOENT',
        ));
      return keyFrom(isMissing ? await writeKeyFile(key.file) : await readKeyFile(key.file), key.file);
    };
    if (this.#key) return this.#key;
    const opened = opening();
    this.#key = opened;
    opened.catch(() => (this.#key = undefined));
    return opened;
  }

  #unreadable(why: string): SecretError {
    const { path } = this.options;
    return new SecretError('STORE_UNREADABLE', `the store of secrets ${path} ${why}`, { details: { path } });
  }

  #failed(verb: string, error: unknown): SecretError {
    if (error instanceof SecretError) return error;
    const { path } = this.options;
    const errno = codeOf(error);
    const message = `cannot ${verb} the store ${path} (${errno}); check the file and its permissions`;
    return new SecretError('PROVIDER_FAILED', message, { details: { path, errno }, cause: error });
  }
}
