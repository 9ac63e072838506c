export type { Binding } from './binding.js';
export { boot, type Booted, type BootPlan } from './boot.js';
export { bootModule, type BootOptions } from './boot-module.js';
export { BootedModule, type RequestOptions, requestOf } from './booted-module.js';
export { connectionUrl } from './connection-url.js';
export { directJwtOptions } from './direct-jwt.js';
export { directSecretProviders } from './direct-secrets.js';
export {
  detectEnvironment,
  type DetectedEnvironment,
  type Environment,
  type EnvironmentFacts,
  type EnvironmentOption,
} from './environment.js';
export { loadModuleClass } from './load-module-class.js';
export { openSchemaTool, type OpenedSchemaTool, schemaDatabases } from './open-schema-tool.js';
export type { MigrationStatus, SchemaChange, SchemaDiff, SchemaTool } from '../database/index.js';
export { Module, type OnStart, type OnStop } from './module.js';
export { checkImplementations } from './graph-problems.js';
export { databaseNames, declaredSecrets, implementationsIn, namesOf, servedIn, usesTokens } from './open-resources.js';
export { runModule, type RunOptions } from './run-module.js';
export type { StreamOptions } from './stream-options.js';
