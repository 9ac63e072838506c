import { readFile } from 'node:fs/promises';
import type { Decrypter, Encrypter, Identity, Recipient, Stanza } from 'age-encryption';
import { writePrivateFile } from '../../foundation/index.js';
import { SecretError } from '../secret-error.js';
import { codeOf } from './read-secret-file.js';

/** What opens an encrypted store. */
export interface StoreKey {
  readonly encrypter: Encrypter;
  readonly decrypter: Decrypter;
}

/** `AGE-SECRET-KEY-…` in a file, as `age-keygen` writes it: comments and empty lines are passed over. */
export async function readKeyFile(path: string): Promise<string> {
  const failed = (why: string, cause?: unknown) =>
    new SecretError('PROVIDER_FAILED', `the key file ${path} ${why}`, { details: { path }, cause });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw failed(`cannot be read (${codeOf(error)}); name the file that holds the key of the store`, error);
  }
  const keys = text.split(/\r?\n/).map((line) => line.trim());
  const key = keys.find((line) => line.startsWith('AGE-SECRET-KEY-'));
  if (key === undefined) throw failed('has no line AGE-SECRET-KEY-…, as age-keygen writes it');
  return key;
}

/** Makes a new key, in a file that only its owner may read. */
export async function writeKeyFile(path: string): Promise<string> {
  const { generateIdentity } = await import('age-encryption');
  const key = await generateIdentity();
  await writePrivateFile(path, `# the key of a store of secrets: without this file nobody can read it\n${key}\n`);
  return key;
}

export async function keyFrom(identity: string, path: string): Promise<StoreKey> {
  const age = await import('age-encryption');
  const [encrypter, decrypter] = [new age.Encrypter(), new age.Decrypter()];
  try {
    decrypter.addIdentity(identity);
    encrypter.addRecipient(await age.identityToRecipient(identity));
  } catch {
    // What it throws may quote the key.
    throw new SecretError('PROVIDER_FAILED', `the key in ${path} is not one of age`, { details: { path } });
  }
  return { encrypter, decrypter };
}

/**
 * The key behind a passphrase, as `age --passphrase` uses it. The derivation, which is slow on purpose (2^`workFactor`
 * rounds, a second and 256 MiB for 18), runs outside the event loop, unlike the one of the library.
 */
export async function keyFromPassphrase(passphrase: string, workFactor = 18): Promise<StoreKey> {
  const age = await import('age-encryption');
  const [encrypter, decrypter] = [new age.Encrypter(), new age.Decrypter()];
  const { ScryptKey } = await import('./scrypt-key.js');
  const key = new ScryptKey(passphrase, workFactor, (args, body): Stanza => new age.Stanza(args, body));
  encrypter.addRecipient(key satisfies Recipient);
  decrypter.addIdentity(key satisfies Identity);
  return { encrypter, decrypter };
}
