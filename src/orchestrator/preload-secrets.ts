import type { Logger } from '../foundation/index.js';
import {
  SecretError,
  type SecretStore,
  shortSecret,
  shortSecretRefusal,
  shortSecretWarning,
} from '../secrets/index.js';
import type { AccessPolicy } from './access-policy.js';

/**
 * Reads every granted secret once, so that all of them are hidden from the first line a module prints, and a missing one
 * is reported when the orchestrator starts. None of them has to exist: a module may declare a secret as optional. Rejects
 * with `SecretError` INVALID, naming them, when there are some that are too short to be hidden.
 */
export async function preloadSecrets(store: SecretStore, policy: AccessPolicy, logger: Logger): Promise<void> {
  const refused: string[] = [];
  await Promise.all(
    policy.secrets.map(async (name) => {
      try {
        const found = await store.get(name);
        const short = found && shortSecret(found.value);
        if (short === 'refused') refused.push(name);
        if (short === 'warned') logger.warn(shortSecretWarning, { name, modules: policy.readersOf(name) });
        if (!found)
          logger.warn('a granted secret is missing', {
            name,
            modules: policy.readersOf(name),
            lookedFor: store.placesOf(name),
          });
      } catch (error) {
        logger.warn('a granted secret cannot be read', { name, modules: policy.readersOf(name), error });
      }
    }),
  );
  if (refused.length > 0)
    throw new SecretError('INVALID', refused.map(shortSecretRefusal).join('\n'), { details: { names: refused } });
}
