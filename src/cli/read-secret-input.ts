import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ValueError } from '../foundation/index.js';

const maxBytes = 1024 ** 2;

/** A secret from standard input (one trailing newline dropped), or from a prompt that does not echo. Never from argv. */
export async function readSecretInput(prompt: string): Promise<string> {
  const value = process.stdin.isTTY ? await ask(prompt) : await readAll();
  if (value === '') throw new ValueError('the new value is empty; pipe it in, or type it at the prompt');
  return value;
}

async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new ValueError('the new value is larger than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** The passphrase of an encrypted store, from a prompt that does not echo; of a new one twice. */
export async function askPassphrase(path: string, isNew: boolean): Promise<string> {
  if (!process.stdin.isTTY)
    throw new ValueError(
      `the store ${path} needs a passphrase and there is no terminal to ask at: name a keyFile, passphraseFile or passphraseFd in its entry of the configuration`,
    );
  const passphrase = await ask(`${isNew ? 'new ' : ''}passphrase of ${path}: `);
  if (passphrase === '') throw new ValueError('the passphrase is empty');
  if (isNew && (await ask('once more: ')) !== passphrase) throw new ValueError('the two are not the same');
  return passphrase;
}

async function ask(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
