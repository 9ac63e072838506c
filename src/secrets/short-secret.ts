import { shortestSecret } from '../foundation/index.js';
import type { SecretForm, SecretParser } from './parse-secret.js';
import { SecretError } from './secret-error.js';

const advised = 8;

/** Hidden by the names of their keys, so that their values may be as short as they like. */
const hiddenByName: ReadonlySet<unknown> = new Set<SecretForm>(['number', 'boolean', 'duration']);
const looksHiddenByName = /^(?:true|false|yes|no|on|off|[-+]?[\d.]+(?:ms|s|m|h|d)?|[[{].*)$/is;

/**
 * Whether a secret is too short to be hidden by value: one of fewer than 4 characters stands in half of all words and is
 * refused; of fewer than 8 it hides what is none, which is worth a warning. Without `form`, as an orchestrator sees it,
 * what looks like a number, a flag, a duration or JSON may be one.
 */
export function shortSecret(value: string, form?: SecretForm | SecretParser): 'refused' | 'warned' | undefined {
  if (form === undefined ? looksHiddenByName.test(value.trim()) : hiddenByName.has(form) || form === 'json')
    return undefined;
  const { length } = value.trim();
  if (length < shortestSecret) return 'refused';
  return length < advised ? 'warned' : undefined;
}

/** The same words everywhere; they do not tell how long it is. */
export function shortSecretRefusal(name: string): string {
  return `secret '${name}' is too short to be kept out of logs: give it at least ${shortestSecret} characters, better ${advised} or more; a number or a flag is declared with as: 'number' or 'boolean'`;
}

/** Throws `SecretError` INVALID for a value that nobody could read afterwards; its message ends with `consequence`. */
export function refuseShortSecret(name: string, value: string, consequence = ''): void {
  if (shortSecret(value) === 'refused')
    throw new SecretError('INVALID', shortSecretRefusal(name) + consequence, { details: { name } });
}

export const shortSecretWarning = `a secret is so short that ordinary words are hidden with it: give it ${advised} characters or more`;
