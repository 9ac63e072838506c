import type { BuildInfo } from '../foundation/index.js';
import type { ModuleStatus } from './supervisor/module-status.js';

/** What an orchestrator tells about itself and its modules. */
export interface OrchestratorStatus {
  /** `ok`: every module that should run is running. `degraded`: one is not. */
  readonly status: 'ok' | 'degraded' | 'stopping';
  readonly pid: number;
  readonly startedAt: string;
  /** `http://host:port`; absent when there is no gateway. */
  readonly gateway?: string;
  readonly modules: readonly ModuleStatus[];
  readonly build: BuildInfo;
}
