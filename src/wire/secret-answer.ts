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
  const { name } = request;
  const correlation = request.request_id === undefined ? {} : { request_id: request.request_id };
  try {
    const { value, version } = await giver.getSecret(request);
    return { op: 'secret', name, value, ...correlation, ...(version === undefined ? {} : { version }) };
  } catch (error) {
    const code = PyWattError.is(error) ? error.code : 'PROVIDER_FAILED';
    const answer = { op: 'secret', name, value: '', found: false, error: redact(messageOf(error)) } as const;
    return { ...answer, ...correlation, error_code: code === 'NOT_FOUND' ? 'SECRET_NOT_FOUND' : code };
  }
}
