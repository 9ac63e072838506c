import type { Logger, Redactor } from '../foundation/index.js';
import {
  ChainedSecretProvider,
  EnvSecretProvider,
  FileSecretProvider,
  localParticipant,
  type ModuleSecrets,
  ProviderChanges,
  RotationCoordinator,
  type SecretProvider,
  SecretStore,
} from '../secrets/index.js';
import type { DirectSecrets } from './world.js';

/** The secrets of a module without an orchestrator: `PYWATT_SECRET_<NAME>`, then the files of PYWATT_SECRETS_DIR. */
export function directSecretProviders(env: NodeJS.ProcessEnv): SecretProvider[] {
  const directory = env['PYWATT_SECRETS_DIR'];
  return [new EnvSecretProvider({ env }), ...(directory ? [new FileSecretProvider(directory)] : [])];
}

export function directSecrets(env: NodeJS.ProcessEnv, redactor: Redactor, logger: Logger): Promise<DirectSecrets> {
  const provider = new ChainedSecretProvider(directSecretProviders(env));
  const store = new SecretStore({ provider, redactor });
  const follow: DirectSecrets['follow'] = (moduleId, secrets) =>
    followChanges(moduleId, secrets, { provider, store, redactor, logger });
  return Promise.resolve({ source: store, follow });
}

export interface FollowChangesOptions {
  /** What is watched. */
  readonly provider: SecretProvider;
  readonly store: SecretStore;
  readonly redactor: Redactor;
  readonly logger: Logger;
}

/**
 * Rotates a module by itself to the values that change where they are kept, as an orchestrator does: its hooks run, its
 * handles and connections switch together, and a value that a hook refuses stays out of force. The report goes to the
 * log. Resolves with what ends it.
 */
export async function followChanges(
  moduleId: string,
  secrets: ModuleSecrets,
  { provider, store, redactor, logger }: FollowChangesOptions,
): Promise<() => Promise<void>> {
  const participants = [localParticipant(moduleId, secrets)];
  const rotations = new RotationCoordinator({ store, redactor, logger, participants: () => participants });
  const changes = await ProviderChanges.open(provider, rotations, logger, secrets.names);
  return async () => {
    await changes.close();
    await rotations.close();
  };
}
