export { OnSecretRotated, rotatedSecretNames, type RotationContext, type RotationReason } from './on-secret-rotated.js';
export { ModuleSecrets, type ModuleSecretsOptions, type RotationRequest } from './module-secrets.js';
export { type SecretForm, type SecretForms, type SecretParser } from './parse-secret.js';
export { ChainedSecretProvider } from './providers/chained-secret-provider.js';
export { EnvSecretProvider, type EnvSecretProviderOptions } from './providers/env-secret-provider.js';
export { FileSecretProvider } from './providers/file-secret-provider.js';
export { MemorySecretProvider } from './providers/memory-secret-provider.js';
export type { SecretProvider, SecretWatch } from './providers/secret-provider.js';
export { type RotateOptions, RotationCoordinator, type RotationCoordinatorOptions } from './rotation-coordinator.js';
export {
  localParticipant,
  receivedRotation,
  type RotationNotice,
  type RotationParticipant,
} from './rotation-participant.js';
export type { ModuleRotation, RotationReport } from './rotation-report.js';
export { Secret, secretKind, type SecretOf, type SecretOptions, secretToken } from './secret.js';
export { SecretError } from './secret-error.js';
export type { SecretReadOptions, SecretSource, SourcedSecret } from './secret-source.js';
export {
  Proposal,
  SecretStore,
  type SecretStoreOptions,
  type StoredSecret,
  type StoreReadOptions,
} from './secret-store.js';
export { shortSecret, shortSecretRefusal, shortSecretWarning } from './short-secret.js';
export { SecretValue } from './secret-value.js';
