import { DatabaseError } from '../database-error.js';
import type { SessionParameters } from '../relay/relay-engine.js';

/** What a driver may choose at login; everything else is the orchestrator's. */
const chosen = new Set([
  'application_name',
  'options',
  'client_encoding',
  'timezone',
  'datestyle',
  'intervalstyle',
  'extra_float_digits',
  'search_path',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
]);

/** Sent by every driver, and not theirs to choose: the orchestrator logs in as whom it was told to. */
const ignored = new Set(['user', 'database']);

/**
 * Of what the driver asks for, what its session is to have. Throws ACCESS_DENIED for what would make it another role, and
 * CONFIGURATION for what is not passed on, since a setting that is dropped in silence would change what statements mean.
 */
export function sessionParametersOf(asked: SessionParameters): SessionParameters {
  const parameters: Record<string, string> = {};
  for (const [name, value] of Object.entries(asked).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (ignored.has(name)) continue;
    // The forms in which drivers write what is the default anyway.
    if (name === 'client_encoding' && /^'?utf-?8'?$/i.test(value)) continue;
    if (!chosen.has(name) && !name.startsWith('_pq_.'))
      throw new DatabaseError(
        'CONFIGURATION',
        `the startup parameter '${name}' cannot be passed to a proxied database`,
      );
    if (name === 'options') checkOptions(value);
    if (!name.startsWith('_pq_.')) parameters[name] = value;
  }
  return parameters;
}

function checkOptions(options: string): void {
  const plain = options.replaceAll('\\', '').replaceAll('-', '_');
  if (/(?:^|[\s_c])(?:role|session_authorization)\s*=/i.test(plain))
    throw new DatabaseError('ACCESS_DENIED', "the startup parameter 'options' may not choose another role");
}

/** The same as one `options` parameter, in which every setting of a server can be given. */
export function optionsOf({ options, ...others }: SessionParameters): string {
  const settings = Object.entries(others).map(([name, value]) => `-c ${name}=${escaped(value)}`);
  return [...settings, ...(options === undefined || options === '' ? [] : [options])].join(' ');
}

function escaped(value: string): string {
  return value.replace(/[\\\s]/g, '\\$&');
}
