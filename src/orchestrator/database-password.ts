import { DatabaseError } from '../database/index.js';
import { messageOf } from '../foundation/index.js';
import type { SecretStore } from '../secrets/index.js';

/** The password of a database. Rejects with CONFIGURATION, naming the secret, when there is none or it cannot be read. */
export async function databasePassword(secrets: SecretStore, secret: string, database: string): Promise<string> {
  const found = await secrets.get(secret).catch((cause: unknown) => {
    const message = `database '${database}': its password, secret '${secret}', cannot be read: ${messageOf(cause)}`;
    throw new DatabaseError('CONFIGURATION', message, { cause });
  });
  if (found) return found.value;
  const places = secrets.placesOf(secret).join(' or ');
  throw new DatabaseError(
    'CONFIGURATION',
    `database '${database}': its password, secret '${secret}', was not found; set ${places || 'a source of secrets'}`,
  );
}
