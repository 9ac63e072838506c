import {
  Deferred,
  type Logger,
  messageOf,
  type Redactor,
  settlesWithin,
  sleep,
  withDeadline,
} from '../../foundation/index.js';
import {
  agreesToBeat,
  type AnnounceMessage,
  describeLiveness,
  type HeartbeatSettings,
  type InitMessage,
  type Liveness,
  logLiveness,
  ModulePeer,
  type ModulePeerHandlers,
  type WireLimits,
  type WireObserver,
} from '../../wire/index.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';
import { type ModuleHttp, WireHttp } from '../gateway/module-http.js';
import { Hosting } from '../hosting/hosting.js';
import type { LaunchedModule, ModuleExit } from './module-launcher.js';
import { logErrorOutput, logOutput, logStrayOutput } from './module-output.js';
import type { SupervisorOptions } from './supervisor-options.js';

export interface ModuleLaunchOptions extends SupervisorOptions {
  readonly config: ModuleConfig;
  readonly init: Omit<InitMessage, 'op' | 'ext'>;
  readonly handlers: Pick<ModulePeerHandlers, 'getSecret' | 'openService' | 'requestPort' | 'route'>;
  readonly observer?: WireObserver;
  /** What is done otherwise for this module; closed when the launch has ended. Default: nothing. */
  readonly hosting?: Hosting;
  readonly limits?: Partial<WireLimits>;
  readonly heartbeat: HeartbeatSettings;
  /** Adds the module's name to every line. */
  readonly logger: Logger;
  readonly redactor: Redactor;
}

/** How a launch ended. */
export interface LaunchEnd extends ModuleExit {
  /** Why the supervisor ended it; undefined when the module ended by itself or was asked to. */
  readonly failure?: string;
}

const drainMs = 1_000;
const closeMs = 5_000;
const killMs = 5_000;
const channelLostMs = 2_000;

/** One launch of a module: from its init line until its process is gone and everything it held is given back. */
export class ModuleLaunch {
  readonly peer: ModulePeer;
  /** Resolves once nothing of this launch is left. Never rejects. */
  readonly ended: Promise<LaunchEnd>;
  /** Resolves with the announcement once requests can be sent to the module; rejects when it goes before. */
  readonly running: Promise<AnnounceMessage>;
  readonly #launched: LaunchedModule;
  readonly #options: ModuleLaunchOptions;
  readonly #hosting: Hosting;
  readonly #channelEnded = new Deferred<void>();
  readonly #exiting = new AbortController();
  readonly #unkillable = new Deferred<ModuleExit>();
  #http: ModuleHttp;
  #stopWatching = () => this.peer.heartbeats.stop();
  #failure: string | undefined;
  #hasAnnounced = false;
  #isEnding = false;

  constructor(launched: LaunchedModule, options: ModuleLaunchOptions) {
    const { config, logger, redactor, handlers, observer, limits } = options;
    this.#launched = launched;
    this.#options = options;
    this.#hosting = options.hosting ?? new Hosting();
    this.peer = new ModulePeer(launched.channel, {
      moduleId: config.id,
      logger,
      redact: (text) => redactor.redact(text),
      ...(observer && { observer }),
      encode: this.#hosting.encode,
      ...(limits && { limits }),
      handlers: {
        ...this.#hosting.handlers(handlers),
        stray: (line, reason) => logStrayOutput(line, reason, logger, redactor),
        output: (line) => logOutput(line, logger, redactor),
        ended: () => this.#channelLost(),
      },
    });
    if (launched.errorOutput) logErrorOutput(launched.errorOutput, logger, redactor);
    this.#http = new WireHttp(this.peer);
    this.running = this.#run();
    this.running.catch(() => undefined);
    this.ended = this.#follow();
    this.#supervise();
  }

  get pid(): number | undefined {
    return this.#launched.pid;
  }

  /** Whether an orchestrator before this one started it. */
  get isTakenOver(): boolean {
    return this.#launched.isTakenOver === true;
  }

  /** undefined before the announcement, and for a module that may not answer heartbeats and never has. */
  get liveness(): Liveness | undefined {
    return this.peer.heartbeats.liveness;
  }

  /** Resolves with the announcement; rejects when the module goes before it announced. */
  get announced(): Promise<AnnounceMessage> {
    return this.peer.announced;
  }

  /** How requests reach the module. */
  get http(): ModuleHttp {
    return this.#http;
  }

  /** Asks the module to end, terminates it after its grace, then kills it. Resolves when it is gone. */
  async stop(reason: string): Promise<void> {
    this.#stopWatching();
    if (!this.#isEnding) {
      this.#isEnding = true;
      const { shutdownGraceMs } = this.#options.config;
      try {
        this.#hosting.askToEnd(this.#launched, () => this.peer.shutdown(shutdownGraceMs, reason));
        await sleep(shutdownGraceMs, this.#exiting.signal);
      } catch (error) {
        this.#options.logger.debug('the module cannot be asked to end', { error });
      }
      await this.#terminate();
    }
    await this.ended;
  }

  #supervise(): void {
    const { announceTimeoutMs } = this.#options.config;
    try {
      this.peer.start(this.#options.init);
    } catch (error) {
      return void this.#abandon(`could not be sent its init line: ${messageOf(error)}`);
    }
    const late = { isLate: true };
    withDeadline(this.running, announceTimeoutMs, () => late).then(
      (announcement) => this.#watch(announcement),
      (error: unknown) => {
        const what = this.#hasAnnounced ? 'announced itself but takes no requests' : 'did not announce itself';
        if (error === late) this.#abandon(`${what} within ${announceTimeoutMs} ms`);
        // A module that went before is dealt with where its channel or its process ends.
        else if (this.#hasAnnounced) this.#abandon(`cannot be reached: ${messageOf(error)}`);
      },
    );
  }

  async #run(): Promise<AnnounceMessage> {
    const announcement = await this.announced;
    this.#hasAnnounced = true;
    const { observer } = this.#options;
    this.#http = this.#hosting.http(this.#http, { listen: announcement.listen, observer });
    await this.#hosting.ready(announcement, this.#exiting.signal);
    return announcement;
  }

  #watch({ listen, ext }: AnnounceMessage): void {
    if (this.#isEnding || this.#exiting.signal.aborted) return;
    const { heartbeat, logger } = this.#options;
    const settings = { ...heartbeat, ...this.#hosting.watchLimits(heartbeat) };
    const stop = this.#hosting.watch(listen, settings, (failure) => this.#abandon(failure));
    if (stop !== undefined) {
      this.#stopWatching = stop;
      return;
    }
    const onChange = (liveness: Liveness) => {
      logLiveness(logger, 'the module', liveness);
      if (liveness.kind === 'dead') this.#abandon(describeLiveness(liveness));
    };
    this.peer.heartbeats.watch({ settings, mustAnswer: agreesToBeat(ext), onChange });
  }

  /** The module no longer reads or writes. Most likely it is about to exit. */
  #channelLost(): void {
    this.#stopWatching();
    this.#channelEnded.resolve();
    void sleep(channelLostMs, this.#exiting.signal).then(() => {
      if (!this.#exiting.signal.aborted) this.#abandon('closed the wire but kept running');
    });
  }

  #abandon(failure: string): void {
    if (this.#isEnding || this.#exiting.signal.aborted) return;
    this.#isEnding = true;
    this.#failure = failure;
    this.#options.logger.error(`the module ${failure}; it is ended`, { pid: this.pid });
    void this.#terminate();
  }

  async #terminate(): Promise<void> {
    if (this.#exiting.signal.aborted) return;
    this.#launched.terminate();
    await sleep(this.#options.terminateGraceMs ?? 5_000, this.#exiting.signal);
    if (this.#exiting.signal.aborted) return;
    this.#options.logger.warn('the module did not end when terminated; it is killed', { pid: this.pid });
    this.#launched.kill();
    await sleep(killMs, this.#exiting.signal);
    if (this.#exiting.signal.aborted) return;
    this.#options.logger.error('the module cannot even be killed; it is left alone', { pid: this.pid });
    this.#failure ??= 'could not be killed';
    this.#unkillable.resolve({ code: null, signal: null });
  }

  async #follow(): Promise<LaunchEnd> {
    const exit = await Promise.race([this.#launched.exited, this.#unkillable.promise]);
    this.#exiting.abort();
    this.#stopWatching();
    // What it wrote last may still be on its way.
    await settlesWithin(this.#channelEnded.promise, drainMs);
    try {
      await withDeadline(this.peer.close(), closeMs, () => new Error(`not closed within ${closeMs} ms`));
    } catch (error) {
      this.#options.logger.warn('what the module held could not be given back', { error });
    }
    await this.#hosting
      .close()
      .catch((error: unknown) => this.#options.logger.warn('a quirk was not undone', { error }));
    return { ...exit, ...(this.#failure !== undefined && { failure: this.#failure }) };
  }
}
