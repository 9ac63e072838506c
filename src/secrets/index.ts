export {
  OnSecretRotated,
  rotatedSecretNames,
  type RotationContext,
  type RotationReason,
} from './rotation/on-secret-rotated.js';
export { ModuleSecrets, type ModuleSecretsOptions } from './module-secrets.js';
export type { RotationRequest } from './rotation/module-rotations.js';
export { type SecretForm, type SecretForms, type SecretParser } from './parse-secret.js';
export { CachedSecretProvider, type CachedSecretProviderOptions } from './providers/cached-secret-provider.js';
export { ChainedSecretProvider, type ChainedSecretProviderOptions } from './providers/chained-secret-provider.js';
export { EncryptedSecretProvider, type EncryptedSecretProviderOptions } from './providers/encrypted-secret-provider.js';
export { EnvSecretProvider, type EnvSecretProviderOptions } from './providers/env-secret-provider.js';
export { FileSecretProvider, type FileSecretProviderOptions } from './providers/file-secret-provider.js';
export { type AskPassphrase, passphraseOf, type StorePassphrase } from './providers/store-passphrase.js';
export type { WatchTimes } from './providers/polled-watch.js';
export { MemorySecretProvider } from './providers/memory-secret-provider.js';
export type { SecretProvider, SecretReadMode, SecretWatch } from './providers/secret-provider.js';
export { SharedWatch } from './providers/shared-watch.js';
export { valueMarks } from './providers/value-marks.js';
export { WatchTrouble } from './providers/watch-trouble.js';
export { TextSecretProvider, type TextSecretProviderOptions } from './providers/text-secret-provider.js';
export {
  shownHealth,
  type WatchHealth,
  watchHealth,
  watchStates,
  type WatchStatus,
  watchStatus,
} from './providers/watch-health.js';
export { SecretBroker, type SecretAccess, type SecretBrokerOptions, type SecretReader } from './secret-broker.js';
export { checkedValue, longestValueBytes } from './checked-value.js';
export { changedIn, type SecretCalls, type SecretOperation, secretService } from './secret-calls.js';
export type { SecretsChanged, SecretsHeard } from './secret-changes.js';
export { InjectSecrets, type Secrets, secretsKind, secretsToken, SourceSecrets } from './secrets.js';
export { checkSecretName, nameMistake } from './secret-name.js';
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
export { newVersion, Proposal, type StoredSecret } from './rotation/proposal.js';
export { deriveKey } from './rotation/derive-key.js';
export { proofOf, proves } from './rotation/value-proof.js';
export { SecretStore, type SecretStoreOptions, type StoreReadOptions } from './secret-store.js';
export { shortSecret, shortSecretRefusal, shortSecretWarning } from './short-secret.js';
export { SecretValue } from './secret-value.js';
