import { type Logger, settlesWithin } from '../../foundation/index.js';
import { hashOfTicket, newTicket } from '../../wire/index.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';
import type { AdoptedLaunch, LinkServer } from '../links/link-server.js';
import type { PortAllocator } from '../ports/port-allocator.js';
import type { ChildProcessLauncher } from '../supervisor/child-process-launcher.js';
import type { LaunchedModule } from '../supervisor/module-launcher.js';
import { processIdentity } from '../supervisor/process-identity.js';
import { RunningProcess } from '../supervisor/running-process.js';
import { configurationOf, type LaunchRecord } from './launch-record.js';
import { LaunchRecords } from './launch-records.js';

export interface ReattachmentsOptions {
  readonly stateDirectory: string;
  readonly modules: ReadonlyMap<string, ModuleConfig>;
  readonly links: Pick<LinkServer, 'awaitTicket' | 'forget'>;
  readonly ports: PortAllocator;
  readonly processes: Pick<ChildProcessLauncher, 'adopt'>;
  readonly logger: Logger;
}

/** A launch that goes on under this orchestrator. */
export interface TakenOver {
  readonly launchId: string;
  readonly launched: LaunchedModule;
  /** The port it was given. */
  readonly port: number | undefined;
}

interface Waiting {
  readonly record: LaunchRecord;
  readonly running: RunningProcess;
  readonly adopted: Promise<AdoptedLaunch>;
}

const graceOfUnknownMs = 10_000;

/**
 * The launches that outlive an orchestrator: notes those of this one, and takes over, or ends, those that the one before
 * left. Only one orchestrator of a state directory may have one at a time.
 */
export class Reattachments {
  readonly #options: ReattachmentsOptions;
  #records: LaunchRecords | undefined;
  readonly #waiting = new Map<string, Waiting>();
  #ending: Promise<unknown> = Promise.resolve();

  constructor(options: ReattachmentsOptions) {
    this.#options = options;
  }

  /**
   * Reads what the orchestrator before left; modules that nobody knows any more are told to stop. Called by the only
   * orchestrator of the state directory; without it nothing is noted nor taken over.
   */
  async start(): Promise<void> {
    this.#records = await LaunchRecords.open(this.#options.stateDirectory, this.#options.logger);
    for (const record of this.#records.found) await this.#expect(record);
  }

  /**
   * The launch that the orchestrator before left of this module, as soon as it shows its ticket. undefined when there is
   * none, it has ended, its configuration has changed or it did not come in time; nothing of it runs then. The same when
   * `signal` aborts.
   */
  async takeOver(config: ModuleConfig, signal: AbortSignal): Promise<TakenOver | undefined> {
    const waiting = this.#waiting.get(config.id);
    if (!waiting) return undefined;
    this.#waiting.delete(config.id);
    const { running, record } = waiting;
    const logger = this.#options.logger.child({ module: config.id });
    const adopted = await this.#adoption(waiting, config, signal, logger);
    if (!adopted) {
      await this.#giveUp(waiting, config.shutdownGraceMs, logger);
      return undefined;
    }
    const launched = this.#options.processes.adopt(running, adopted.link);
    return { launchId: record.launchId, launched, port: record.ports[0] };
  }

  /** Notes a launch, and returns what its init line says of it. undefined when it cannot be noted, which is logged. */
  async remember(
    config: ModuleConfig,
    launchId: string,
    pid: number | undefined,
  ): Promise<{ readonly wait_ms: number; readonly ticket: string } | undefined> {
    const identity = pid === undefined ? undefined : processIdentity(pid);
    const records = this.#records;
    if (config.reattachMs === undefined || pid === undefined || identity === undefined || !records) return undefined;
    const ticket = newTicket();
    const [ticketHash, configuration] = [hashOfTicket(ticket), configurationOf(config)];
    const ports = this.#options.ports.portsOf(launchId);
    try {
      await records.put({ moduleId: config.id, launchId, pid, identity, ticketHash, configuration, ports });
      return { wait_ms: config.reattachMs, ticket };
    } catch (error) {
      this.#options.logger.error('a launch cannot be noted: no orchestrator after this one can take the module over', {
        module: config.id,
        error,
      });
      await this.forget(launchId);
      return undefined;
    }
  }

  /** Notes which ports a launch has now. */
  portsChanged(launchId: string): void {
    const record = this.#records?.get(launchId);
    if (record) void this.#try(this.#records?.put({ ...record, ports: this.#options.ports.portsOf(launchId) }));
  }

  /** The launch is over. */
  async forget(launchId: string): Promise<void> {
    await this.#try(this.#records?.remove(launchId));
  }

  /** Waits until the modules that nobody knows any more have ended. */
  async close(): Promise<void> {
    await this.#ending;
  }

  async #expect(record: LaunchRecord): Promise<void> {
    const { logger, links, ports, modules } = this.#options;
    const { moduleId, launchId, pid, identity, ticketHash } = record;
    const running = new RunningProcess(pid, identity);
    if (!running.isRunning) return this.forget(launchId);
    // Whoever it is, its ports are taken.
    for (const port of record.ports) ports.record(launchId, port);
    const renew = async (hash: string) => this.#records?.put({ ...record, ticketHash: hash });
    const waiting = { record, running, adopted: links.awaitTicket(launchId, ticketHash, renew) };
    if (modules.has(moduleId) && !this.#waiting.has(moduleId)) return void this.#waiting.set(moduleId, waiting);
    logger.warn('a module of an orchestrator before is not in the configuration; it is ended', {
      module: moduleId,
      pid,
    });
    this.#ending = Promise.all([this.#ending, this.#giveUp(waiting, graceOfUnknownMs, logger)]);
  }

  async #adoption(
    { adopted, running, record }: Waiting,
    config: ModuleConfig,
    signal: AbortSignal,
    logger: Logger,
  ): Promise<AdoptedLaunch | undefined> {
    const { pid } = running;
    if (config.reattachMs === undefined || record.configuration !== configurationOf(config)) {
      logger.warn('the configuration of a module that an orchestrator before left has changed; it is started afresh', {
        pid,
      });
      return undefined;
    }
    logger.info('waiting for the module that an orchestrator before left', { pid, waitMs: config.reattachMs });
    const over = new AbortController();
    const ended = running.exited(AbortSignal.any([over.signal, signal]));
    const outcome = Promise.race([adopted, ended.then((hasEnded) => (hasEnded ? 'ended' : 'stopped'))]);
    try {
      if (!(await settlesWithin(outcome, config.reattachMs))) {
        logger.warn('the module that an orchestrator before left did not come; it is started afresh', { pid });
        return undefined;
      }
      const result = await outcome;
      if (typeof result === 'object') return result;
      if (result === 'ended')
        logger.warn('the module that an orchestrator before left has ended; it is started afresh');
      return undefined;
    } finally {
      over.abort();
    }
  }

  async #giveUp({ record, running }: Waiting, graceMs: number, logger: Logger): Promise<void> {
    const { links, ports } = this.#options;
    links.forget(record.launchId);
    if (!(await running.end(graceMs)))
      logger.error('a module of an orchestrator before cannot be ended', { pid: running.pid });
    ports.free(record.launchId);
    await this.forget(record.launchId);
  }

  async #try(written: Promise<void> | undefined): Promise<void> {
    try {
      await written;
    } catch (error) {
      this.#options.logger.warn('the state of the launches could not be written', { error });
    }
  }
}
