import { type ChainedSecretProvider, isStagedName } from '../secrets/index.js';
import type { AccessPolicy } from './access-policy.js';
import type { SecretListing } from './control/control-actions.js';

/** Every secret that is granted to a module or known to a provider, by name. Values are looked at but never returned. */
export async function listSecrets(policy: AccessPolicy, provider: ChainedSecretProvider): Promise<SecretListing[]> {
  const names = new Set([...policy.secrets, ...(await provider.list()).filter((name) => !isStagedName(name))]);
  return Promise.all(
    [...names].sort().map(async (name) => {
      const found = await provider.find(name);
      return { name, ...(found && { provider: found.provider.name }), modules: policy.readersOf(name) };
    }),
  );
}
