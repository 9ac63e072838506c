import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ValueError } from './pywatt-error.js';

/** One line from the terminal, asked for on standard error; what is typed is not shown. */
export async function askUnseen(prompt: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Before the prompt is seen, so that nothing typed after it is echoed.
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    process.stderr.write(prompt);
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

/**
 * The passphrase of the store at that path, from the terminal; of a new one twice. Throws `ValueError` without a terminal,
 * saying the `cure`, and for one that is empty or was typed differently.
 */
export async function askStorePassphrase(path: string, isNew: boolean, cure: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new ValueError(`the store ${path} needs a passphrase and there is no terminal to ask at: ${cure}`);
  const passphrase = await askUnseen(`${isNew ? 'new ' : ''}passphrase of ${path}: `);
  if (passphrase === '') throw new ValueError('the passphrase is empty');
  if (isNew && (await askUnseen('once more: ')) !== passphrase) throw new ValueError('the two are not the same');
  return passphrase;
}
