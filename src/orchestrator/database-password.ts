import { DatabaseError } from '../database/index.js';
import type { Logger } from '../foundation/index.js';
import type { SecretStore } from '../secrets/index.js';

/**
 * The password of a database. Rejects with CONFIGURATION, naming the secret, when there is none or it cannot be read;
 * where it should be is for the log alone, the error may go to a module.
 */
export async function databasePassword(
  secrets: SecretStore,
  secret: string,
  database: string,
  logger: Logger,
): Promise<string> {
  const lookedFor = secrets.placesOf(secret);
  const failure = (why: string, error?: unknown) => {
    logger.error("a database's password could not be read", { database, name: secret, lookedFor, error });
    return new DatabaseError('CONFIGURATION', `database '${database}': its password, secret '${secret}', ${why}`, {
      cause: error,
    });
  };
  const found = await secrets.get(secret).catch((error: unknown) => {
    throw failure('cannot be read', error);
  });
  if (!found) throw failure('was not found');
  return found.value;
}
