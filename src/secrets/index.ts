export { OnSecretRotated, rotatedSecretNames, type RotationContext, type RotationReason } from './on-secret-rotated.js';
export { ModuleSecrets, type ModuleSecretsOptions, type RotationRequest } from './module-secrets.js';
export { type SecretForm, type SecretForms, type SecretParser } from './parse-secret.js';
export { CachedSecretProvider, type CachedSecretProviderOptions } from './providers/cached-secret-provider.js';
export { ChainedSecretProvider, type ChainedSecretProviderOptions } from './providers/chained-secret-provider.js';
export { EncryptedSecretProvider, type EncryptedSecretProviderOptions } from './providers/encrypted-secret-provider.js';
export { EnvSecretProvider, type EnvSecretProviderOptions } from './providers/env-secret-provider.js';
export { FileSecretProvider, type FileSecretProviderOptions } from './providers/file-secret-provider.js';
export type { WatchTimes } from './providers/polled-watch.js';
export { MemorySecretProvider } from './providers/memory-secret-provider.js';
export type { SecretProvider, SecretReadMode, SecretWatch } from './providers/secret-provider.js';
export { TextSecretProvider, type TextSecretProviderOptions } from './providers/text-secret-provider.js';
export {
  shownHealth,
  type WatchHealth,
  watchHealth,
  watchStates,
  type WatchStatus,
  watchStatus,
} from './providers/watch-health.js';
export { SecretBroker, type SecretAccess, type SecretBrokerOptions } from './secret-broker.js';
export { type SecretCalls, type SecretOperation, secretService } from './secret-calls.js';
export { InjectSecrets, type Secrets, secretsKind, secretsToken, SourceSecrets } from './secrets.js';
export { checkSecretName, nameMistake } from './secret-name.js';
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
export { SecretValue } from './secret-value.js';
