import type { Logger, Redactor } from '../foundation/index.js';
import {
  localParticipant,
  type ModuleSecrets,
  ProviderChanges,
  RotationCoordinator,
  type SecretProvider,
  type SecretStore,
} from '../secrets/index.js';
import type { FollowedChanges } from './world.js';

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
 * log.
 */
export async function followChanges(
  moduleId: string,
  secrets: ModuleSecrets,
  { provider, store, redactor, logger }: FollowChangesOptions,
): Promise<FollowedChanges> {
  const participants = [localParticipant(moduleId, secrets)];
  const rotations = new RotationCoordinator({ store, redactor, logger, participants: () => participants });
  const changes = await ProviderChanges.open(provider, rotations, logger, secrets.names);
  return {
    get refused() {
      return [...rotations.refusedChanges.keys(), ...changes.failed.keys()];
    },
    get deleted() {
      return [...rotations.deletedSecrets];
    },
    async end() {
      await changes.close();
      await rotations.close();
    },
  };
}
