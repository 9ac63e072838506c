import type { GivenCacheOptions } from '../cache/index.js';
import type { Class } from '../container/index.js';
import type { Duration } from '../foundation/index.js';
import { createLogger, parseLogLevel, SecretRedactor } from '../logging/index.js';
import { boot } from './boot.js';
import type { BootedModule } from './booted-module.js';
import { detectEnvironment, environmentFacts, type EnvironmentOption } from './environment.js';
import { openProcessWire } from './process-wire.js';
import type { StreamOptions } from './stream-options.js';

export interface BootOptions {
  /** Default `auto`: proxied when PYWATT_MODULE_ID is set, else direct. */
  readonly environment?: EnvironmentOption;
  /** Stands in for the process environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Deadline of the whole boot. Default `30s`. */
  readonly timeout?: Duration;
  /** The largest body of a request. Default `10mb`. */
  readonly maxBody?: string | number;
  /**
   * Caches on clients of ioredis that the program made and closes itself, by their names, in the place of CACHE_URL:
   * `{ sessions: { redis: new Redis(…) } }`. Under an orchestrator its caches are used.
   */
  readonly caches?: Readonly<Record<string, GivenCacheOptions>>;
  /** Limits of long bodies under an orchestrator. */
  readonly streams?: StreamOptions;
}

/**
 * Boots a module without owning the process: no signal handlers, no listening port, no exit. Proxied, the wire takes
 * over standard input and output. Throws `BootError`; after a failed boot nothing is left open.
 */
export async function bootModule(root: Class, options: BootOptions = {}): Promise<BootedModule> {
  const env: NodeJS.ProcessEnv = options.env ?? process.env;
  const detected = detectEnvironment(environmentFacts(options.environment, env));
  const redactor = new SecretRedactor();
  const logger = createLogger({ level: parseLogLevel(env['LOG_LEVEL']), redactor });
  const { module } = await boot(root, {
    detected,
    env,
    logger,
    redactor,
    overrides: new Map(),
    timeout: options.timeout,
    maxBody: options.maxBody,
    streams: options.streams,
    caches: options.caches,
    secrets: async () => (await import('./direct-secrets.js')).directSecrets(env, redactor, logger),
    channel: () => openProcessWire(redactor).channel,
  });
  return module;
}
