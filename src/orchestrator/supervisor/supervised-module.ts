import { Backoff, type BackoffOptions, Deferred, type Logger, messageOf, sleep } from '../../foundation/index.js';
import type { AnnounceMessage, Endpoint } from '../../wire/index.js';
import type { RestartPolicy } from '../config/config-input.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';
import type { ModuleHttp } from '../gateway/module-http.js';
import type { LaunchEnd, ModuleLaunch } from './module-launch.js';
import type { ModuleStatus } from './module-status.js';

export interface SupervisedModuleOptions {
  readonly config: ModuleConfig;
  /**
   * Starts the module; `launchNumber` counts from 1. What it rejects with counts as a failed start, but when `signal`
   * has aborted: nothing is started any more then.
   */
  readonly launch: (launchNumber: number, signal: AbortSignal) => Promise<ModuleLaunch>;
  /** Adds the module's name to every line. */
  readonly logger: Logger;
  readonly backoff?: BackoffOptions;
}

type State =
  | { readonly kind: 'starting'; readonly launch?: ModuleLaunch }
  | {
      readonly kind: 'running';
      readonly launch: ModuleLaunch;
      readonly endpoints: readonly Endpoint[];
      readonly serves: AnnounceMessage['serves'];
    }
  | { readonly kind: 'restarting'; readonly at: number }
  | { readonly kind: 'stopping'; readonly launch?: ModuleLaunch }
  | { readonly kind: 'stopped' | 'failed' };

const none: readonly string[] = [];

/** Keeps one module running as its restart policy says, launch after launch, until it is stopped. */
export class SupervisedModule {
  /** Resolves when the module has announced itself, or its first start has failed. */
  readonly firstStart: Promise<void>;
  readonly #options: SupervisedModuleOptions;
  readonly #backoff: Backoff;
  readonly #firstStart = new Deferred<void>();
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;
  #state: State = { kind: 'starting' };
  /** Resolved by the next state. */
  #changed = new Deferred<void>();
  #since = new Date();
  #launches = 0;
  #lastEnd: string | undefined;

  constructor(options: SupervisedModuleOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
    this.firstStart = this.#firstStart.promise;
    this.#finished = this.#run();
  }

  get config(): ModuleConfig {
    return this.#options.config;
  }

  /** How requests reach the module, while it is running. */
  get http(): ModuleHttp | undefined {
    return this.running?.http;
  }

  /** The launch that takes requests. */
  get running(): ModuleLaunch | undefined {
    return this.#state.kind === 'running' ? this.#state.launch : undefined;
  }

  /** The operations of a service that it serves to others, as it announced them. */
  operationsOf(service: string): readonly string[] {
    return (this.#state.kind === 'running' && this.#state.serves?.[service]) || none;
  }

  /**
   * Resolves with a launch that takes requests and `isWanted`, once there is one; undefined when there will be none, and
   * once `signal` has aborted and the state changes.
   */
  async whenRunning(
    isWanted: (launch: ModuleLaunch) => boolean,
    signal: AbortSignal,
  ): Promise<ModuleLaunch | undefined> {
    while (this.retryAfterMs !== undefined && !signal.aborted) {
      if (this.running && isWanted(this.running)) return this.running;
      await this.#changed.promise;
    }
    return undefined;
  }

  /** Milliseconds until the module may be there again; undefined when it will not be started again. */
  get retryAfterMs(): number | undefined {
    switch (this.#state.kind) {
      case 'restarting':
        return Math.max(0, this.#state.at - Date.now());
      case 'starting':
      case 'running':
        return 0;
      case 'stopping':
      case 'stopped':
      case 'failed':
        return undefined;
    }
  }

  get status(): ModuleStatus {
    const state = this.#state;
    const launch = 'launch' in state ? state.launch : undefined;
    return {
      id: this.config.id,
      state: state.kind,
      since: this.#since.toISOString(),
      ...(launch?.pid !== undefined && { pid: launch.pid }),
      restarts: Math.max(0, this.#launches - 1),
      ...(state.kind === 'running' && livenessOf(state.launch)),
      endpoints: state.kind === 'running' ? state.endpoints : [],
      ...(this.#lastEnd !== undefined && { lastEnd: this.#lastEnd }),
    };
  }

  /** Ends the module for good: asked, then terminated, then killed. Idempotent. */
  async stop(reason: string): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      const launch = 'launch' in this.#state ? this.#state.launch : undefined;
      if (this.#state.kind !== 'stopped' && this.#state.kind !== 'failed')
        this.#enter({ kind: 'stopping', ...(launch && { launch }) });
      this.#stopping.abort(reason);
      await launch?.stop(reason);
    }
    await this.#finished;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const startedAt = performance.now();
      const end = await this.#launchOnce();
      this.#firstStart.resolve();
      if (this.#isStopping) break;
      this.#lastEnd = describeEnd(end);
      if (!mayRestart(this.config.restart, end)) {
        this.#options.logger[isFailure(end) ? 'error' : 'info'](`the module ${this.#lastEnd}; it is not started again`);
        return this.#enter({ kind: isFailure(end) ? 'failed' : 'stopped' });
      }
      const delayMs = Math.round(this.#backoff.next(performance.now() - startedAt));
      this.#options.logger.warn(`the module ${this.#lastEnd}; it is started again in ${delayMs} ms`, {
        restarts: this.#launches - 1,
      });
      this.#enter({ kind: 'restarting', at: Date.now() + delayMs });
      await sleep(delayMs, this.#stopping.signal);
    }
    this.#firstStart.resolve();
    this.#enter({ kind: 'stopped' });
  }

  async #launchOnce(): Promise<LaunchEnd> {
    this.#launches += 1;
    this.#enter({ kind: 'starting' });
    let launch: ModuleLaunch;
    try {
      launch = await this.#options.launch(this.#launches, this.#stopping.signal);
    } catch (error) {
      if (this.#isStopping) return { code: null, signal: null };
      this.#options.logger.error('the module could not be started', { error });
      return { code: null, signal: null, failure: `could not be started: ${messageOf(error)}` };
    }
    if (this.#isStopping) {
      this.#enter({ kind: 'stopping', launch });
      await launch.stop(String(this.#stopping.signal.reason));
    } else {
      this.#enter({ kind: 'starting', launch });
      this.#options.logger.info(launch.isTakenOver ? 'the module was taken over' : 'the module was started', {
        pid: launch.pid,
        launch: this.#launches,
      });
      launch.running.then(
        (announcement) => this.#announced(launch, announcement),
        () => undefined,
      );
    }
    return launch.ended;
  }

  #announced(launch: ModuleLaunch, { endpoints, listen, serves }: AnnounceMessage): void {
    if (this.#state.kind !== 'starting' || this.#state.launch !== launch) return;
    this.#enter({ kind: 'running', launch, endpoints, serves });
    this.#options.logger.info('the module is running', { pid: launch.pid, endpoints: endpoints.length, listen });
    this.#firstStart.resolve();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #enter(state: State): void {
    this.#state = state;
    this.#since = new Date();
    this.#changed.resolve();
    this.#changed = new Deferred();
  }
}

function livenessOf({ liveness }: ModuleLaunch): Pick<ModuleStatus, 'liveness' | 'lagMs'> {
  if (liveness === undefined) return {};
  const lagMs = 'lagMs' in liveness ? liveness.lagMs : undefined;
  return { liveness: liveness.kind, ...(lagMs !== undefined && { lagMs }) };
}

function isFailure(end: LaunchEnd): boolean {
  return end.failure !== undefined || end.code !== 0;
}

function mayRestart(policy: RestartPolicy, end: LaunchEnd): boolean {
  switch (policy) {
    case 'always':
      return true;
    case 'on-failure':
      return isFailure(end);
    case 'never':
      return false;
  }
}

function describeEnd(end: LaunchEnd): string {
  if (end.failure !== undefined) return end.failure;
  if (end.signal !== null) return `was ended by ${end.signal}`;
  return end.code === null ? 'ended, nobody can tell how' : `exited with code ${end.code}`;
}
