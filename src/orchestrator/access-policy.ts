import type { ServiceType } from '../wire/index.js';
import type { ModuleConfig } from './config/orchestrator-config.js';

/** What each module was granted. What is not listed is refused. */
export class AccessPolicy {
  readonly #modules: ReadonlyMap<string, ModuleConfig>;

  constructor(modules: ReadonlyMap<string, ModuleConfig>) {
    this.#modules = modules;
  }

  /** Whether a module may open that service through the orchestrator. */
  mayOpen(moduleId: string, type: ServiceType, name: string): boolean {
    const module = this.#modules.get(moduleId);
    if (type === 'Database') return module?.databases.get(name) === 'proxied';
    if (type === 'Cache') return (module?.caches.get(name) ?? 'direct') !== 'direct';
    if (type === 'Jwt') return module?.jwt !== undefined;
    return typeof type === 'object' && module?.services.get(type.Custom) === 'proxied';
  }

  /** The module that serves it to others; undefined when none does. */
  serverOf(service: string): string | undefined {
    return [...this.#modules.values()].find(({ serves }) => serves.has(service))?.id;
  }

  mayRead(moduleId: string, secret: string): boolean {
    return this.#modules.get(moduleId)?.secrets.has(secret) ?? false;
  }

  /** Whether a module may set and delete that secret. */
  mayWrite(moduleId: string, secret: string): boolean {
    return this.#modules.get(moduleId)?.writableSecrets?.has(secret) ?? false;
  }

  /** The modules that were granted a secret. */
  readersOf(secret: string): string[] {
    return [...this.#modules.values()].filter(({ secrets }) => secrets.has(secret)).map(({ id }) => id);
  }

  /** Every secret that some module was granted, by name. */
  get secrets(): string[] {
    return [...new Set([...this.#modules.values()].flatMap(({ secrets }) => [...secrets]))].sort();
  }
}
