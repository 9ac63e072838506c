import { type ErrorCodeOf, errorCodes, type ErrorFamily, messageOf, PyWattError } from '../foundation/index.js';
import { keyedRedactor, redactedJson } from '../logging/index.js';
import type { ErrorFields } from './messages.js';
import type { ServiceType } from './service.js';

interface FamilyDefault<F extends ErrorFamily> {
  readonly family: F;
  /** The code of an error that came without one, as plain peers send it. */
  readonly code: ErrorCodeOf<F>;
}

/** Which family of errors a service fails with. */
export function errorFamilyOf(
  service: ServiceType,
):
  | FamilyDefault<'database'>
  | FamilyDefault<'cache'>
  | FamilyDefault<'jwt'>
  | FamilyDefault<'secret'>
  | FamilyDefault<'service'>
  | FamilyDefault<'wire'> {
  if (service === 'Database') return { family: 'database', code: 'QUERY' };
  if (service === 'Cache') return { family: 'cache', code: 'OPERATION' };
  if (service === 'Jwt') return { family: 'jwt', code: 'REFUSED' };
  // Our own; the id of a user's service has no colon.
  if (typeof service === 'object' && service.Custom === 'pywatt:secrets')
    return { family: 'secret', code: 'PROVIDER_FAILED' };
  if (typeof service === 'object') return { family: 'service', code: 'FAILED' };
  return { family: 'wire', code: 'PEER_REFUSED' };
}

/** What crosses the wire of an error: never its stack or cause. Every text of it passes through `redact`, and what stands in its details under the name of a credential is hidden. */
export function encodeError(error: unknown, redact: (text: string) => string): ErrorFields {
  const message = redact(messageOf(error));
  if (!PyWattError.is(error)) return { error: message };
  const details = redactedJson(error.details, keyedRedactor(redact));
  return { error: message, error_code: error.code, retryable: error.retryable, details };
}

/** The far side's error again: of the family of the service that failed, or of the wire when the session itself refused. */
export function decodeError(
  service: ServiceType,
  fields: Omit<ErrorFields, 'error'> & { readonly error: string | null },
): PyWattError {
  const { family, code } = errorFamilyOf(service);
  const sent = fields.error_code;
  const owner =
    sent === undefined ? undefined : ([family, 'wire'] as const).find((candidate) => isCodeOf(candidate, sent));
  const details =
    owner === undefined && sent !== undefined ? { ...fields.details, peerCode: sent } : (fields.details ?? {});
  return new PyWattError<ErrorFamily>(
    owner ?? family,
    owner === undefined ? code : (sent as ErrorCodeOf<ErrorFamily>),
    fields.error ?? 'the peer gave no reason',
    {
      retryable: fields.retryable ?? false,
      details,
    },
  );
}

function isCodeOf(family: ErrorFamily, code: string): boolean {
  return (errorCodes[family] as readonly string[]).includes(code);
}
