import { SecretError } from './secret-error.js';

/** Names become names of files and variables, so a store of any kind has room for them. */
const longest = 200;

/** What is wrong with the name of a secret, and what to write instead; undefined for one that can be used. */
export function nameMistake(name: string): string | undefined {
  const rule = "use letters, digits, '.', '_' and '-', no leading '.' and no '..'";
  if (name === '') return `the name of a secret is empty: ${rule}`;
  if (name.length > longest)
    return `a secret name of ${name.length} characters ('${name.slice(0, 20)}…') is too long: at most ${longest}`;
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name) && !name.includes('..')) return undefined;
  return `secret name ${JSON.stringify(name)} cannot be used: ${rule}`;
}

/** Throws `SecretError` INVALID for what is no name of a secret. */
export function checkSecretName(name: string): void {
  const mistake = nameMistake(name);
  if (mistake !== undefined) throw new SecretError('INVALID', mistake, { details: { name: name.slice(0, longest) } });
}
