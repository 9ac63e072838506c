import { type CredentialUser, messageOf } from '../foundation/index.js';
import { type ChainedSecretProvider, isStagedName } from '../secrets/index.js';
import type { AccessPolicy } from './access-policy.js';
import type { SecretListing } from './control/control-actions.js';

/**
 * Every secret that is granted to a module, used by the orchestrator itself or known to a provider, by name. Values are
 * looked at but never returned.
 */
export async function listSecrets(
  policy: AccessPolicy,
  provider: ChainedSecretProvider,
  users: readonly CredentialUser[],
): Promise<SecretListing[]> {
  const known = (await provider.list()).filter((name) => !isStagedName(name));
  const names = new Set([...policy.secrets, ...users.map(({ secret }) => secret), ...known]);
  return Promise.all(
    [...names].sort().map(async (name) => {
      const usedBy = users.filter(({ secret }) => secret === name).map((user) => user.name);
      return { name, ...(await placeOf(name, provider)), modules: policy.readersOf(name), usedBy };
    }),
  );
}

async function placeOf(
  name: string,
  provider: ChainedSecretProvider,
): Promise<Pick<SecretListing, 'provider' | 'problem'>> {
  try {
    const found = await provider.find(name);
    return found ? { provider: found.provider.name } : {};
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
