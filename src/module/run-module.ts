import { resolve } from 'node:path';
import type { GivenCacheOptions } from '../cache/index.js';
import type { Class } from '../container/index.js';
import {
  BootError,
  type Duration,
  durationMs,
  type Logger,
  messageOf,
  PyWattError,
  withDeadline,
} from '../foundation/index.js';
import { createLogger, guardOutput, parseLogLevel, SecretRedactor, tolerateLostReaders } from '../logging/index.js';
import type { HttpServer } from '../http/index.js';
import type { OrchestratorSession } from './orchestrator-session.js';
import { boot, type Booted } from './boot.js';
import type { BootedModule } from './booted-module.js';
import {
  type DetectedEnvironment,
  detectEnvironment,
  environmentFacts,
  type EnvironmentOption,
} from './environment.js';
import { wantedAddress } from './ports/wanted-address.js';
import { openProcessWire, type ProcessWire } from './process-wire.js';
import type { StreamOptions } from './stream-options.js';

export interface RunOptions {
  /** Default `auto`: proxied when PYWATT_MODULE_ID is set, else direct. */
  readonly environment?: EnvironmentOption;
  /** Deadline of the boot. Default `30s`. */
  readonly timeout?: Duration;
  /** How long a stop waits for requests in flight, and for each `onStop`. Default `10s`. */
  readonly stopGrace?: Duration;
  /** The largest body of a request, in both worlds; under an orchestrator its gateway has a limit, too. Default `10mb`. */
  readonly maxBody?: string | number;
  /**
   * Caches on clients of ioredis that the program made and closes itself, by their names, in the place of CACHE_URL:
   * `{ sessions: { redis: new Redis(…) } }`. Under an orchestrator its caches are used.
   */
  readonly caches?: Readonly<Record<string, GivenCacheOptions>>;
  /** Limits of long bodies under an orchestrator. */
  readonly streams?: StreamOptions;
  /**
   * Whether the module listens on a port of its own also under an orchestrator: the one of the init line, or one it
   * negotiates. What it bound is what it announces; requests over the wire are answered all the same. Default false.
   * By itself a module always listens.
   */
  readonly ownPort?: boolean;
}

/**
 * The whole main file of a module: boots it, serves it (over the wire, or on PORT), and drains on SIGTERM, SIGINT or
 * the orchestrator's shutdown, or when the orchestrator is gone. Owns the process: exits 0 after a stop, 75 after one
 * because the orchestrator fell silent, 1 when the boot or the process fails, with the reason in the log. Under a test runner it throws RUN_MODULE_IN_TEST instead.
 */
export async function runModule(root: Class, options: RunOptions = {}): Promise<void> {
  refuseUnderTestRunner();
  const runner = new ModuleRunner(root, options);
  await runner.run();
}

class ModuleRunner {
  readonly #root: Class;
  readonly #options: RunOptions;
  readonly #redactor = new SecretRedactor();
  readonly #logger: Logger;
  #booting: Promise<Booted> | undefined;
  #closeServer: (() => Promise<void>) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(root: Class, options: RunOptions) {
    this.#root = root;
    this.#options = options;
    const format = process.stderr.isTTY ? 'pretty' : 'json';
    this.#logger = createLogger({ level: parseLogLevel(process.env['LOG_LEVEL']), redactor: this.#redactor, format });
  }

  async run(): Promise<void> {
    process.on('uncaughtException', (error) => this.#crash('an exception was not caught', error));
    process.on('unhandledRejection', (reason) => this.#crash('a rejection was not handled', reason));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#onSignal(signal));
    tolerateLostReaders();
    try {
      const detected = detectEnvironment(environmentFacts(this.#options.environment, process.env));
      const wire = this.#guard(detected);
      this.#booting = this.#boot(detected, wire);
      const booted = await this.#booting;
      if (!this.#stopping) await this.#serve(booted);
    } catch (error) {
      if (!this.#stopping) this.#crash('the module could not start', error);
    }
  }

  #guard(detected: DetectedEnvironment): ProcessWire | undefined {
    if (detected.environment === 'proxied') return openProcessWire(this.#redactor);
    guardOutput({ redactor: this.#redactor, stdout: 'stdout' });
    return undefined;
  }

  #boot(detected: DetectedEnvironment, wire: ProcessWire | undefined): Promise<Booted> {
    return boot(this.#root, {
      detected,
      env: process.env,
      logger: this.#logger,
      redactor: this.#redactor,
      overrides: new Map(),
      timeout: this.#options.timeout,
      stopGrace: this.#options.stopGrace,
      secrets: async () =>
        (await import('./direct-secrets.js')).directSecrets(process.env, this.#redactor, this.#logger),
      maxBody: this.#options.maxBody,
      streams: this.#options.streams,
      caches: this.#options.caches,
      ...(wire ? { channel: () => wire.channel } : {}),
      onStopAsked: (reason, exitCode) => void this.#stop(reason, exitCode),
    });
  }

  async #serve({ module, session }: Booted): Promise<void> {
    if (session && !this.#options.ownPort) return session.announce(session.init.listen, module.routes);
    const server = await this.#listen(module, session);
    this.#closeServer = () => server.close({ graceMs: durationMs(this.#options.stopGrace ?? '10s') });
    if (this.#stopping) return this.#closeServer();
    this.#logger.info(`listening on ${server.address}`, { module: module.id, address: server.address });
    session?.announce(server.bound, module.routes);
  }

  async #listen(module: BootedModule, session: OrchestratorSession | undefined): Promise<HttpServer> {
    if (session) {
      const { serveOnOwnPort } = await import('./ports/serve-on-own-port.js');
      return serveOnOwnPort(module, session, process.env, this.#logger);
    }
    const { serveHttp } = await import('../http/index.js');
    const { host, port } = wantedAddress(process.env);
    return serveHttp({
      fetch: (request) => module.request(request),
      ...(host && { host }),
      port,
      logger: this.#logger,
    });
  }

  #onSignal(signal: 'SIGTERM' | 'SIGINT'): void {
    if (this.#stopping) {
      this.#logger.warn(`${signal} again: exiting at once`);
      process.exit(1);
    }
    void this.#stop(signal);
  }

  /** Drains and exits; the deadline is for hooks and connections that hang. */
  #stop(reason: string, exitCode = 0): Promise<void> {
    return (this.#stopping ??= this.#drain(reason).then(
      () => process.exit(exitCode),
      (error: unknown) => this.#crash('the stop failed', error),
    ));
  }

  async #drain(reason: string): Promise<void> {
    this.#logger.info('stopping', { reason });
    const graceMs = durationMs(this.#options.stopGrace ?? '10s');
    const drained = async () => {
      await this.#closeServer?.();
      const booted = await this.#booting?.catch(() => undefined);
      await booted?.module.close();
    };
    await withDeadline(
      drained(),
      graceMs * 3,
      () => new BootError('LIFECYCLE_FAILED', `the stop did not finish within ${graceMs * 3} ms`),
    );
    this.#logger.info('stopped');
  }

  /** Never lets Node print the error itself: its text would go to the file descriptor unredacted. */
  #crash(what: string, error: unknown): never {
    const fields = PyWattError.is(error) ? { code: error.code, details: error.details } : { error };
    this.#logger.error(`${what}: ${messageOf(error)}`, fields);
    process.exit(1);
  }
}

function refuseUnderTestRunner(): void {
  const variable = ['JEST_WORKER_ID', 'VITEST', 'NODE_TEST_CONTEXT'].find((name) => process.env[name] !== undefined);
  if (variable === undefined) return;
  const main = process.argv[1] === undefined ? 'this file' : resolve(process.argv[1]);
  throw new BootError(
    'RUN_MODULE_IN_TEST',
    `runModule takes over the process, and ${variable} says that a test runner owns it (${main}). In a test write ` +
      "`await using app = await testModule(TheModule).boot()` from '@pywatt/sdk/testing', and import the module file, not the main file.",
  );
}
