import { isWellFormed } from '../foundation/index.js';
import { SecretError } from './secret-error.js';
import { refuseShortSecret } from './short-secret.js';

/** The longest value of a secret, in bytes of UTF-8. */
export const longestValueBytes = 1024 ** 2;
/** The same, as messages say it. */
export const longestValue = '1 MiB';

/**
 * A value that every place can hold and that can be hidden: well-formed text, not empty or too short, of at most 1 MiB.
 * Throws `SecretError` INVALID, which names the secret and never shows the value.
 */
export function checkedValue(name: string, value: unknown): string {
  const invalid = (why: string) =>
    new SecretError('INVALID', `the new value of '${name}' ${why}; nothing was changed`, { details: { name } });
  if (typeof value !== 'string') throw invalid('is no text: store binary secrets as base64');
  if (value === '') throw invalid('is empty: to have none, delete the secret');
  if (Buffer.byteLength(value) > longestValueBytes) throw invalid(`is larger than ${longestValue}`);
  if (!isWellFormed(value)) throw invalid('is not well-formed text: store binary secrets as base64');
  refuseShortSecret(name, value, '; nothing was changed');
  return value;
}
