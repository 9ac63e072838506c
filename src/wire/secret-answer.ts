import { messageOf, PyWattError } from '../foundation/index.js';
import type { GetSecretMessage, SecretMessage } from './messages.js';

/** The answer to a module that asked for a secret. */
export function secretAnswer(
  request: GetSecretMessage,
  { value, version }: { readonly value: string; readonly version?: string },
): SecretMessage {
  const answer = { op: 'secret', name: request.name, value, ...correlationOf(request) } as const;
  return { ...answer, ...(version === undefined ? {} : { version }) };
}

/** The answer when there is none, or when it cannot be sent. */
export function secretFailure(
  request: GetSecretMessage,
  error: unknown,
  redact: (text: string) => string,
): SecretMessage {
  const code = PyWattError.is(error) ? error.code : 'PROVIDER_FAILED';
  const answer = {
    op: 'secret',
    name: request.name,
    value: '',
    found: false,
    error: redact(messageOf(error)),
  } as const;
  return { ...answer, ...correlationOf(request), error_code: code === 'NOT_FOUND' ? 'SECRET_NOT_FOUND' : code };
}

function correlationOf({ request_id }: GetSecretMessage) {
  return request_id === undefined ? {} : { request_id };
}
