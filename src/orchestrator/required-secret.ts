import type { Logger, PyWattErrorOptions } from '../foundation/index.js';
import type { SecretStore } from '../secrets/index.js';

/** Something of the orchestrator's own that does not work without a secret. */
export interface SecretNeed {
  readonly secret: string;
  /** What the secret is to whom: `database 'main': its password`. */
  readonly use: string;
  readonly error: (message: string, options: PyWattErrorOptions) => Error;
}

/**
 * The value in force. Rejects with `error`, naming the secret, when there is none or it cannot be read; where it should be
 * is for the log alone, the error may go to a module.
 */
export async function requiredSecret(secrets: SecretStore, need: SecretNeed, logger: Logger): Promise<string> {
  const { secret, use } = need;
  const failure = (why: string, cause?: unknown) => {
    const lookedFor = secrets.placesOf(secret);
    logger.error('a secret that is needed could not be read', { use, name: secret, lookedFor, error: cause });
    return need.error(`${use}, secret '${secret}', ${why}`, { cause });
  };
  const found = await secrets.get(secret, { lastKnown: true }).catch((error: unknown) => {
    throw failure('cannot be read', error);
  });
  if (!found) throw failure('was not found');
  return found.value;
}
