import { messageOf, PyWattError } from '../foundation/index.js';
import type { GetSecretMessage, SecretMessage } from './messages.js';

export interface SecretGiver {
  getSecret(request: GetSecretMessage): Promise<{ value: string; version?: string }>;
}

/** The answer to a module that asks for a secret: the value, or why not. Never rejects. */
export async function secretAnswer(
  request: GetSecretMessage,
  giver: SecretGiver,
  redact: (text: string) => string,
): Promise<SecretMessage> {
  try {
    const { value, version } = await giver.getSecret(request);
    const answer = { op: 'secret', name: request.name, value, ...correlationOf(request) } as const;
    return { ...answer, ...(version === undefined ? {} : { version }) };
  } catch (error) {
    return secretFailure(request, error, redact);
  }
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
