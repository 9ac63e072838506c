import type { JsonObject, Logger, Redactor } from '../../foundation/index.js';
import type { RotationParticipant } from '../../secrets/index.js';
import {
  type Channel,
  heartbeatFields,
  type HeartbeatSettings,
  type WireLimits,
  type WireObserver,
} from '../../wire/index.js';
import type { GrantKind, ModuleConfig } from '../config/orchestrator-config.js';
import { Hosting } from '../hosting/hosting.js';
import type { LaunchServices } from '../launch-services.js';
import type { LinkServer } from '../links/link-server.js';
import type { PortAllocator } from '../ports/port-allocator.js';
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
  readonly heartbeat: HeartbeatSettings;
  readonly logger: Logger;
  readonly redactor: Redactor;
}

interface LiveLaunch {
  readonly launchId: string;
  readonly launch: ModuleLaunch;
  readonly services: LaunchServices;
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
      const launch = (launchNumber: number) => this.#launch(config, `${config.id}#${launchNumber}`, apiUrl, logger);
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

  async #launch(config: ModuleConfig, launchId: string, apiUrl: string, logger: Logger): Promise<ModuleLaunch> {
    const { ports, launcherOf, servicesFor, links } = this.#setup;
    const services = servicesFor(config.id, launchId, logger);
    let hosting: Hosting | undefined;
    try {
      const port = await ports.allocate(launchId);
      const link = await links?.forLaunch(config, launchId);
      hosting = await Hosting.open({ config, logger });
      const started = hosting.host(await launcherOf(config.id).launch(config, hosting.launchOptions));
      const launched = link?.join(started) ?? started;
      const init = {
        ...link?.init,
        orchestrator_api: apiUrl,
        module_id: config.id,
        env: config.env,
        listen: `127.0.0.1:${port}`,
        ...hosting.init,
        grants: {
          databases: directGrants(config.databases),
          caches: directGrants(config.caches),
          services: directGrants(config.services),
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
      this.#forget(config.id, launchId, services);
      await hosting?.close();
      throw error;
    }
  }

  #forget(moduleId: string, launchId: string, services: LaunchServices): void {
    if (this.#live.get(moduleId)?.launchId === launchId) this.#live.delete(moduleId);
    services.end();
    this.#setup.links?.forget(launchId);
  }
}

function directGrants(grants: ReadonlyMap<string, GrantKind>): JsonObject {
  return Object.fromEntries([...grants].filter(([, kind]) => kind === 'direct'));
}
