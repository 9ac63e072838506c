import type { Logger } from '../foundation/index.js';
import type { SecretStore } from '../secrets/index.js';
import type { AccessPolicy } from './access-policy.js';

/**
 * Reads every granted secret once, so that all of them are hidden from the first line a module prints, and a missing one
 * is reported when the orchestrator starts. None of them has to exist: a module may declare a secret as optional.
 */
export async function preloadSecrets(store: SecretStore, policy: AccessPolicy, logger: Logger): Promise<void> {
  await Promise.all(
    policy.secrets.map(async (name) => {
      try {
        const found = await store.get(name);
        if (!found)
          logger.warn('a granted secret is missing', {
            secret: name,
            modules: policy.readersOf(name),
            lookedFor: store.placesOf(name),
          });
      } catch (error) {
        logger.warn('a granted secret cannot be read', { secret: name, modules: policy.readersOf(name), error });
      }
    }),
  );
}
