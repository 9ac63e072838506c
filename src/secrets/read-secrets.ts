import {
  BootError,
  type Duration,
  durationMs,
  type Logger,
  messageOf,
  type Redactor,
  withDeadline,
} from '../foundation/index.js';
import type { HeldSecret } from './held-secret.js';
import { SecretError } from './secret-error.js';
import { shortSecretWarning } from './short-secret.js';
import type { SecretSource, SourcedSecret } from './secret-source.js';

export interface ReadSecretsOptions {
  readonly source: SecretSource;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly readTimeout?: Duration;
}

interface Fault {
  readonly kind: 'missing' | 'invalid' | 'failed';
  readonly name: string;
  readonly message: string;
}

/** Reads all secrets at once and puts them in force. Throws one `BootError` SECRETS_MISSING for all that cannot be used. */
export async function readSecrets(secrets: readonly HeldSecret[], options: ReadSecretsOptions): Promise<void> {
  const outcomes = await Promise.all(secrets.map((held) => readSecret(held, options)));
  const faults = outcomes.filter((fault) => fault !== undefined);
  if (faults.length === 0) return;
  const named = (kind: Fault['kind']) => faults.filter((fault) => fault.kind === kind).map(({ name }) => name);
  const what =
    faults.length === 1 ? '1 secret of this module cannot' : `${faults.length} secrets of this module cannot`;
  throw new BootError(
    'SECRETS_MISSING',
    [`${what} be used; set them where they are looked for:`, ...faults.map(({ message }) => `- ${message}`)].join('\n'),
    {
      details: { missing: named('missing'), invalid: named('invalid'), failed: named('failed') },
    },
  );
}

async function readSecret(
  held: HeldSecret,
  { source, redactor, logger, readTimeout = '60s' }: ReadSecretsOptions,
): Promise<Fault | undefined> {
  const { name } = held;
  const places = source.placesOf(name).join(', ');
  let sourced: SourcedSecret | undefined;
  try {
    const slow = () =>
      new SecretError('PROVIDER_FAILED', `no answer within ${JSON.stringify(readTimeout)}`, { retryable: true });
    sourced = await withDeadline(source.get(name), durationMs(readTimeout), slow);
  } catch (error) {
    return { kind: 'failed', name, message: `${name} could not be read: ${redactor.redact(messageOf(error))}` };
  }
  if (!sourced && !held.isOptional)
    return { kind: 'missing', name, message: `${name} is missing (looked for ${places})` };
  if (sourced) redactor.add(sourced.value, { name, form: held.form });
  try {
    const value = sourced ? held.parse(sourced) : held.defaults();
    if (value) held.switchTo(value);
    if (sourced && held.isShort(sourced.value)) logger.warn(shortSecretWarning, { name });
    held.place = sourced?.place;
    return undefined;
  } catch (error) {
    return { kind: 'invalid', name, message: `${messageOf(error)} (from ${places})` };
  }
}
