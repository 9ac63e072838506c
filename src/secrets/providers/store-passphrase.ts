import { closeSync, readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { messageOf } from '../../foundation/index.js';
import { SecretError } from '../secret-error.js';

/** Where the passphrase of an encrypted store is; `prompt`: a person is asked. */
export type StorePassphrase =
  | { readonly by: 'passphrase'; readonly file: string }
  | { readonly by: 'passphrase'; readonly fd: number }
  | { readonly by: 'prompt' };

/** Asks a person for the passphrase of the store at that path; `isNew` when there is none yet, so that it becomes its passphrase. */
export type AskPassphrase = (path: string, isNew: boolean) => Promise<string>;

/** Rejects with `SecretError` PROVIDER_FAILED, saying where it was looked for and what to write instead. */
export async function passphraseOf(path: string, unlock: StorePassphrase, ask?: AskPassphrase): Promise<string> {
  const failed = (why: string) =>
    new SecretError('PROVIDER_FAILED', `the passphrase of the store ${path} ${why}`, { details: { path } });
  if (unlock.by === 'prompt') {
    if (!ask) throw failed('cannot be asked for here: name a keyFile, passphraseFile or passphraseFd in its entry');
    const isNew = await stat(path).then(
      () => false,
      () => true,
    );
    return ask(path, isNew);
  }
  const where = 'fd' in unlock ? `file descriptor ${unlock.fd}` : unlock.file;
  let text: string;
  try {
    text = 'fd' in unlock ? readDescriptor(unlock.fd) : await readFile(unlock.file, 'utf8');
  } catch (error) {
    throw failed(`cannot be read from ${where} (${messageOf(error)})`);
  }
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase === '') throw failed(`is empty in ${where}`);
  return passphrase;
}

/** To its end, and closed, so that no child has it too. */
function readDescriptor(fd: number): string {
  const text = readFileSync(fd, 'utf8');
  closeSync(fd);
  return text;
}
