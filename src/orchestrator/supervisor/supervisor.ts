import type { JsonObject, Logger, Redactor } from '../../foundation/index.js';
import type { RotationParticipant } from '../../secrets/index.js';
import {
  type Channel,
  heartbeatFields,
  type HeartbeatSettings,
  type WireLimits,
  type WireObserver,
} from '../../wire/index.js';
import type { CacheGrant } from '../config/grants.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';
import { Hosting } from '../hosting/hosting.js';
import type { LaunchServices } from '../launch-services.js';
import type { LinkServer } from '../links/link-server.js';
import type { PortAllocator } from '../ports/port-allocator.js';
import type { Reattachments } from '../reattach/reattachments.js';
import { ModuleLaunch } from './module-launch.js';
import type { ModuleLauncher } from './module-launcher.js';
import type { ModuleStatus } from './module-status.js';
import { moduleParticipant } from './module-participant.js';
import { SupervisedModule } from './supervised-module.js';
import type { SupervisorOptions } from './supervisor-options.js';

export interface SupervisorSetup extends SupervisorOptions {
  readonly modules: ReadonlyMap<string, ModuleConfig>;
  readonly launcherOf: (moduleId: string) => ModuleLauncher;
  /** What a launch may use; `launchId` differs for every launch. */
  readonly servicesFor: (moduleId: string, launchId: string, logger: Logger) => LaunchServices;
  /** Who watches a launch on its channel. */
  readonly observerFor: (moduleId: string, channel: Channel) => WireObserver;
  readonly limits: WireLimits;
  readonly ports: PortAllocator;
  /** Where modules connect that do not stay on what they inherit. */
  readonly links?: Pick<LinkServer, 'forLaunch' | 'forget'>;
  /** Where a launch may outlive its orchestrator. */
  readonly reattachments?: Pick<Reattachments, 'takeOver' | 'remember' | 'forget'>;
  readonly heartbeat: HeartbeatSettings;
  readonly logger: Logger;
  readonly redactor: Redactor;
}

interface LiveLaunch {
  readonly launchId: string;
  readonly launch: ModuleLaunch;
  readonly services: LaunchServices;
}

interface LaunchTerms {
  readonly apiUrl: string;
  readonly logger: Logger;
  /** Aborts when the module is to stop. */
  readonly signal: AbortSignal;
}

/** All modules of an orchestrator. */
export class Supervisor {
  readonly #setup: SupervisorSetup;
  readonly #modules = new Map<string, SupervisedModule>();
  readonly #live = new Map<string, LiveLaunch>();

  constructor(setup: SupervisorSetup) {
    this.#setup = setup;
  }

  /** Launches every module; `apiUrl` is told to them. Resolves when each has announced itself or failed its first start. */
  async start(apiUrl: string): Promise<void> {
    for (const config of this.#setup.modules.values()) {
      const logger = this.#setup.logger.child({ module: config.id });
      const { backoff } = this.#setup;
      const launch = (launchNumber: number, signal: AbortSignal) =>
        this.#launch(config, `${config.id}#${launchNumber}`, { apiUrl, logger, signal });
      this.#modules.set(config.id, new SupervisedModule({ config, launch, logger, ...(backoff && { backoff }) }));
    }
    await Promise.all([...this.#modules.values()].map(({ firstStart }) => firstStart));
  }

  module(id: string): SupervisedModule | undefined {
    return this.#modules.get(id);
  }

  get statuses(): ModuleStatus[] {
    return [...this.#modules.values()].map(({ status }) => status);
  }

  /** The launches that hold a secret, announced or not. */
  participants(secret: string): RotationParticipant[] {
    return [...this.#live].flatMap(([moduleId, { launchId, launch, services }]) =>
      services.holds(secret) ? [moduleParticipant(moduleId, launchId, launch.peer)] : [],
    );
  }

  /** Stops all modules at once; the slowest decides how long it takes. */
  async stop(reason: string): Promise<void> {
    await Promise.all([...this.#modules.values()].map((module) => module.stop(reason)));
  }

  async #launch(config: ModuleConfig, nextId: string, { apiUrl, logger, signal }: LaunchTerms): Promise<ModuleLaunch> {
    const { ports, launcherOf, servicesFor, links, reattachments } = this.#setup;
    const taken = await reattachments?.takeOver(config, signal);
    if (!taken) signal.throwIfAborted();
    const launchId = taken?.launchId ?? nextId;
    const services = servicesFor(config.id, launchId, logger);
    let hosting: Hosting | undefined;
    try {
      const port = taken?.port ?? (await ports.allocate(launchId));
      const link = await links?.forLaunch(config, launchId);
      hosting = await Hosting.open({ config, logger, limits: this.#setup.limits });
      const started =
        taken?.launched ?? hosting.host(await launcherOf(config.id).launch(config, hosting.launchOptions));
      const launched = taken?.launched ?? link?.join(started) ?? started;
      // A launch that was taken over has its new ticket.
      const reattach = taken ? undefined : await reattachments?.remember(config, launchId, launched.pid);
      const init = {
        ...link?.initWith(reattach),
        orchestrator_api: apiUrl,
        module_id: config.id,
        env: config.env,
        listen: `127.0.0.1:${port}`,
        ...hosting.init,
        grants: {
          databases: directGrants(config.databases),
          caches: directGrants(config.caches),
          services: directGrants(config.services),
          serves: [...config.serves],
        },
        heartbeat: heartbeatFields(this.#setup.heartbeat),
      };
      const launch = new ModuleLaunch(launched, {
        ...this.#setup,
        config,
        init,
        handlers: services,
        hosting,
        observer: this.#setup.observerFor(config.id, launched.channel),
        logger,
      });
      this.#live.set(config.id, { launchId, launch, services });
      launch.announced.then(
        ({ listen }) => services.announced(listen),
        // A module that went before is dealt with where it ends.
        () => undefined,
      );
      void launch.ended.then(() => this.#forget(config.id, launchId, services));
      return launch;
    } catch (error) {
      taken?.launched.kill();
      this.#forget(config.id, launchId, services);
      await hosting?.close();
      throw error;
    }
  }

  #forget(moduleId: string, launchId: string, services: LaunchServices): void {
    if (this.#live.get(moduleId)?.launchId === launchId) this.#live.delete(moduleId);
    services.end();
    this.#setup.links?.forget(launchId);
    void this.#setup.reattachments?.forget(launchId);
  }
}

function directGrants(grants: ReadonlyMap<string, CacheGrant>): JsonObject {
  return Object.fromEntries([...grants].flatMap(([name, kind]) => (kind === 'direct' ? [[name, kind]] : [])));
}
