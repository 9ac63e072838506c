import type { BuildInfo } from '../foundation/index.js';
import type { WatchHealth } from '../secrets/index.js';
import type { ModuleStatus } from './supervisor/module-status.js';

/** What an orchestrator tells about itself and its modules. */
export interface OrchestratorStatus {
  /** `ok`: every module that should run is running, changes of secrets are seen, and there are no problems. `degraded` otherwise. */
  readonly status: 'ok' | 'degraded' | 'stopping';
  readonly pid: number;
  readonly startedAt: string;
  /** `http://host:port`; absent when there is no gateway. */
  readonly gateway?: string;
  readonly modules: readonly ModuleStatus[];
  /** The watches of the places that hold secrets, and which of these places are down. */
  readonly secrets?: WatchHealth;
  /** What is not as it should be with secrets, in words; absent when nothing. */
  readonly problems?: readonly string[];
  readonly build: BuildInfo;
}
