export {
  OnSecretRotated,
  rotatedSecretNames,
  type RotationContext,
  type RotationReason,
} from './rotation/on-secret-rotated.js';
export { ModuleSecrets, type ModuleSecretsOptions } from './module-secrets.js';
export type { RotationRequest } from './rotation/module-rotations.js';
export { type SecretForm, type SecretForms, type SecretParser } from './parse-secret.js';
export { ChainedSecretProvider } from './providers/chained-secret-provider.js';
export { EnvSecretProvider, type EnvSecretProviderOptions } from './providers/env-secret-provider.js';
export { FileSecretProvider } from './providers/file-secret-provider.js';
export { MemorySecretProvider } from './providers/memory-secret-provider.js';
export type { SecretProvider, SecretWatch } from './providers/secret-provider.js';
export { describeActor, type RotationActor } from './rotation/rotation-actor.js';
export { finishRotation, type FinishedRotation } from './rotation/finish-rotation.js';
export {
  type RotateOptions,
  RotationCoordinator,
  type RotationCoordinatorOptions,
  type RotationRecorder,
} from './rotation/rotation-coordinator.js';
export type { RotationJournal, RotationRecord } from './rotation/rotation-journal.js';
export { ProviderChanges } from './rotation/provider-changes.js';
export { isStagedName } from './rotation/staged-name.js';
export {
  localParticipant,
  receivedRotation,
  type RotationNotice,
  type RotationParticipant,
} from './rotation/rotation-participant.js';
export type { CredentialRotation, ModuleRotation, RotationReport } from './rotation/rotation-report.js';
export { Secret, secretKind, type SecretOf, type SecretOptions, secretToken } from './secret.js';
export { SecretError } from './secret-error.js';
export type { SecretReadOptions, SecretSource, SourcedSecret } from './secret-source.js';
export { Proposal, type StoredSecret } from './rotation/proposal.js';
export { SecretStore, type SecretStoreOptions, type StoreReadOptions } from './secret-store.js';
export { SecretValue } from './secret-value.js';
