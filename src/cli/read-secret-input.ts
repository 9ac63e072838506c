import { isUtf8 } from 'node:buffer';
import { parseEnv } from 'node:util';
import { askStorePassphrase, askUnseen, ValueError, withoutByteOrderMark } from '../foundation/index.js';
import { shortSecret, shortSecretWarning } from '../orchestrator/index.js';

const maxBytes = 16 * 1024 ** 2;

/**
 * The value of a secret from standard input (one trailing newline dropped), or from a prompt that does not echo. Never
 * from argv. Warns, on standard error, of one that is too short to be hidden well.
 */
export async function readSecretInput(name: string): Promise<string> {
  const value = process.stdin.isTTY ? await askUnseen(`new value of ${name}: `) : await readAll();
  if (value === '') throw new ValueError(`the new value of '${name}' is empty; pipe it in, or type it at the prompt`);
  return warned(name, value);
}

function warned(name: string, value: string): string {
  if (shortSecret(value) === 'warned') process.stderr.write(`pywatt: warning: '${name}': ${shortSecretWarning}\n`);
  return value;
}

/**
 * The values of several secrets: a prompt for each, or standard input as a JSON object or as lines `NAME=value` (as in a
 * .env file). Throws `ValueError` unless there is one for each name and no other; names of no secret are not repeated.
 */
export async function readSecretInputs(names: readonly string[]): Promise<Record<string, string>> {
  if (process.stdin.isTTY) {
    const values: [string, string][] = [];
    for (const name of names) values.push([name, await readSecretInput(name)]);
    return Object.fromEntries(values);
  }
  const found = parseSecretInputs(names, await readAll());
  for (const [name, value] of Object.entries(found)) warned(name, value);
  return found;
}

/** See `readSecretInputs`. */
export function parseSecretInputs(names: readonly string[], text: string): Record<string, string> {
  const plain = withoutByteOrderMark(text);
  const found = plain.trimStart().startsWith('{') ? parseJson(plain) : parseEnv(plain);
  const missing = names.filter((name) => !Object.hasOwn(found, name));
  if (missing.length > 0)
    throw new ValueError(
      `standard input has no value of ${missing.join(', ')}: write JSON, or a line NAME=value for each`,
    );
  const surplus = Object.keys(found).length - new Set(names).size;
  if (surplus > 0) throw new ValueError(`standard input has ${surplus} values that were not asked for`);
  return Object.fromEntries(
    names.map((name) => {
      const value: unknown = found[name];
      if (typeof value !== 'string' || value === '')
        throw new ValueError(`the value of ${name} must be text, and not empty`);
      return [name, value];
    }),
  );
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The parser's own words would quote the values.
    throw new ValueError('standard input begins as JSON and is none');
  }
}

async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new ValueError('standard input is larger than 16 MiB');
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  // Read as text all the same, another value would be stored than was given.
  if (!isUtf8(bytes)) throw new ValueError('standard input is not UTF-8 text; store binary secrets as base64');
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}

/** The passphrase of an encrypted store of the configuration, from a prompt. */
export function askPassphrase(path: string, isNew: boolean): Promise<string> {
  return askStorePassphrase(
    path,
    isNew,
    'name a keyFile, passphraseFile or passphraseFd in its entry of the configuration',
  );
}
