import type { GivenCacheOptions } from '../cache/index.js';
import type { Logger, Redactor } from '../foundation/index.js';
import type { SharedSecrets } from '../logging/index.js';
import type { AskPassphrase } from '../secrets/index.js';
import type { ServedService } from '../services/index.js';
import type { ModuleLauncher } from './supervisor/module-launcher.js';
import type { SupervisorOptions } from './supervisor/supervisor-options.js';

export interface StartOrchestratorOptions {
  /** Where the orchestrator and its modules log. Default: JSON lines on standard error, at the level of LOG_LEVEL. */
  readonly logger?: Logger;
  /** Knows the secrets; must be the one behind `logger`. Default: one of its own. */
  readonly redactor?: Redactor & SharedSecrets;
  /** Start these modules in another way than as child processes; they need no `command`. */
  readonly launchers?: Readonly<Record<string, ModuleLauncher>>;
  /** Services of the program's own for modules that were granted them: `[Geo.serve({ … })]`. */
  readonly services?: readonly ServedService[];
  /**
   * Caches on clients of ioredis that the program made and closes itself, by their names, beside those of the configuration
   * or in their place: `{ sessions: { redis: new Redis(…) } }`.
   */
  readonly caches?: Readonly<Record<string, GivenCacheOptions>>;
  /** Whether `pywatt` commands can reach it, through a socket in the state directory. Default true. */
  readonly control?: boolean;
  /** Whether modules are launched. Default true; without, only what they would use is there, for tools such as `pywatt db`. */
  readonly launch?: boolean;
  /** Asks a person for the passphrase of an encrypted store that names no key; default: such a store is refused. */
  readonly askPassphrase?: AskPassphrase;
  readonly supervisor?: SupervisorOptions;
}
