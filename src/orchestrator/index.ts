export type {
  CacheConfigInput,
  JwtConfigInput,
  ModuleConfigInput,
  OrchestratorConfigInput,
  RestartPolicy,
  SecretSourceInput,
  SecretStoreInput,
} from './config/config-input.js';
export type {
  CacheConfig,
  DatabaseConfig,
  GatewayConfig,
  JwtConfig,
  ModuleConfig,
  OrchestratorConfig,
  SecretSource,
  StoreUnlock,
} from './config/orchestrator-config.js';
export type { CacheGrant, CacheGrantInput, GrantKind, JwtGrant } from './config/grants.js';
export type { StandaloneConfig, StandaloneConfigInput } from './config/standalone-config.js';
export type { ListenAddress } from './config/listen-address.js';
export type { ModuleKind, QuirkName } from './hosting/quirk-names.js';
export type { PortRange } from './config/port-range.js';
export { readConfig, type ReadConfigOptions } from './config/read-config.js';
export type { ControlActions, SecretListing } from './control/control-actions.js';
export { connectControl, connectTool } from './control/control-client.js';
export type { AskPassphrase } from '../secrets/index.js';
export type { Orchestrator } from './orchestrator.js';
export { OrchestratorError } from './orchestrator-error.js';
export type { OrchestratorStatus } from './orchestrator-status.js';
export { startOrchestrator } from './start-orchestrator.js';
export type { StartOrchestratorOptions } from './start-orchestrator-options.js';
export type { ModuleState, ModuleStatus } from './supervisor/module-status.js';
export type { TracedMessage, TraceEvent } from './trace/trace-event.js';
export type { SupervisorOptions } from './supervisor/supervisor-options.js';
export type { JwtAlgorithm, JwtSettings } from '../jwt/index.js';
export type { BackoffOptions } from '../foundation/index.js';
export type { AuditEntry, AuditEvent } from './audit/audit-entry.js';
export { recordWrite } from './audit/record-write.js';
export { readHistory } from './audit/read-history.js';
export { type AuditProblem, type AuditVerdict, verifyAudit } from './audit/verify-audit.js';
export {
  type CredentialRotation,
  describeActor,
  type ModuleRotation,
  type RotateOptions,
  type RotationActor,
  type RotationReport,
  type WatchHealth,
  type WatchStatus,
} from '../secrets/index.js';

/** @internal For the testing kit: modules that run inside this process. */
export type { LaunchedModule, ModuleExit, ModuleLauncher } from './supervisor/module-launcher.js';
/** @internal For the command line, which may work without a running orchestrator. */
export { openSecretSources } from './create-secret-store.js';
/** @internal For the command line. */
export { checkedValue, shortSecret, shortSecretWarning } from '../secrets/index.js';
