import type { Cache } from '../cache/index.js';
import {
  type Class,
  describeKey,
  type InjectionKey,
  jwtResource,
  type ModuleGraph,
  type Resource,
  type ResourceUse,
} from '../container/index.js';
import {
  type Database,
  isTransactional,
  isTypeormDatabase,
  type RepositoryOptions,
  type TransactionalDatabase,
  transactionalDatabases,
  type TypeormDatabase,
} from '../database/index.js';
import { BootError, type Logger, type Redactor, withDeadline } from '../foundation/index.js';
import type { Jwt } from '../jwt/index.js';
import {
  type ModuleSecrets,
  rotatedSecretNames,
  type SecretOptions,
  secretsKind,
  type SecretValue,
  SourceSecrets,
} from '../secrets/index.js';
import {
  isServedByClass,
  isServiceImplementation,
  type ServedByClass,
  type ServiceContract,
  type ServiceImplementation,
  serviceKind,
} from '../services/index.js';
import type { Binding } from './binding.js';
import type { PendingSteps } from './pending-steps.js';
import type { DatabaseUse, OpenedResource, World } from './world.js';

export type ModuleWorld = World<Database, Cache>;

/** The databases, caches, services and tokens a graph asks for, opened at once. Whoever opened them closes them, last opened first. */
export class OpenResources {
  readonly #world: ModuleWorld;
  readonly #logger: Logger;
  readonly #databases = new Map<string, OpenedResource<Database>>();
  readonly #caches = new Map<string, OpenedResource<Cache>>();
  readonly #services = new Map<InjectionKey, OpenedResource<unknown>>();
  readonly #jwts = new Map<string, OpenedResource<Jwt>>();
  #closing: { readonly graceMs: number } | undefined;

  readonly #redactor: Redactor;

  constructor(world: ModuleWorld, logger: Logger, redactor: Redactor) {
    this.#world = world;
    this.#redactor = redactor;
    this.#logger = logger;
  }

  /** Rejects with the first failure. What was open by then is closed by `close`, what opens later closes itself. */
  async open(graph: ModuleGraph, steps: PendingSteps): Promise<void> {
    const openDatabase = async (name: string) => {
      await this.#keep(this.#databases, name, await this.#world.openDatabase(name, databaseUse(graph, name)));
    };
    const openCache = async (name: string) => this.#keep(this.#caches, name, await this.#world.openCache(name));
    const openJwt = async (name: string) => this.#keep(this.#jwts, name, await this.#world.openJwt());
    const openService = async ({ key, resource }: ResourceUse) =>
      this.#keep(this.#services, key, await this.#world.openService(resource.options as ServiceContract));
    await Promise.all([
      ...databaseNames(graph).map((name) => steps.during(`connecting database '${name}'`, () => openDatabase(name))),
      ...namesOf(graph, 'cache').map((name) => steps.during(`connecting cache '${name}'`, () => openCache(name))),
      ...namesOf(graph, jwtResource.kind).map((name) => steps.during('opening the tokens', () => openJwt(name))),
      ...resourcesOf(graph, serviceKind).map((use) =>
        steps.during(`connecting service '${use.resource.name}'`, () => openService(use)),
      ),
    ]);
  }

  /** The database behind `@Transactional`. */
  transactional(name: string): TransactionalDatabase {
    const database = this.#databases.get(name)?.value;
    if (database && isTransactional(database)) return database;
    throw new BootError('GRAPH_INVALID', `database '${name}' was not opened for @Transactional`);
  }

  /** The database behind repositories and DataSources. */
  #typeorm(name: string): TypeormDatabase {
    const database = this.#databases.get(name)?.value;
    if (database && isTypeormDatabase(database)) return database;
    throw new BootError('GRAPH_INVALID', `database '${name}' was not opened for repositories`);
  }

  /** The value of one resource, and what `bindings()` says of it. */
  resolve(use: ResourceUse, secrets: ModuleSecrets, logger: Logger): { value: unknown; binding: Binding } {
    const { kind, name } = use.resource;
    switch (kind) {
      case 'database':
        return opened(use, this.#databases.get(name));
      case 'cache':
        return opened(use, this.#caches.get(name));
      case jwtResource.kind:
        return opened(use, this.#jwts.get(name));
      case serviceKind:
        return opened(use, this.#services.get(use.key));
      case 'repository': {
        const { entity, database } = use.resource.options as RepositoryOptions;
        const { binding } = opened(use, this.#databases.get(database));
        return { value: this.#typeorm(database).repository(entity), binding };
      }
      case 'data-source':
        return { value: this.#typeorm(name).dataSource, binding: opened(use, this.#databases.get(name)).binding };
      case 'secret': {
        const value = secrets.valueFor(use.resource);
        const binding = { kind, name, source: this.#world.environment, why: use.where };
        return { value, binding: { ...binding, description: this.#secretPlace(use.resource, value, secrets) } };
      }
      case secretsKind: {
        const description = this.#world.secrets.placesOf('*').join(' or ');
        const binding = { kind, name, source: this.#world.environment, description, why: use.where };
        return { value: new SourceSecrets(this.#world.secrets, this.#redactor), binding };
      }
      case 'logger':
        return {
          value: logger,
          binding: { kind, name, source: 'direct', description: 'standard error', why: 'stdout belongs to the wire' },
        };
      default:
        throw new BootError(
          'GRAPH_INVALID',
          `${use.where} injects ${describeKey(use.key)}, a kind of resource this version does not know`,
        );
    }
  }

  #secretPlace({ name, options }: Resource, value: SecretValue<unknown> | undefined, secrets: ModuleSecrets): string {
    if (value === undefined) return 'not set (optional)';
    const { default: fallback } = (options ?? {}) as SecretOptions;
    const isDefault = fallback !== undefined && value.version === undefined && value.reveal() === fallback;
    if (isDefault) return 'not set (the default of @Secret)';
    return secrets.placeOf(name) ?? this.#world.secrets.placesOf(name).join(' or ');
  }

  /** Waits at most `graceMs` for each. */
  async close(graceMs: number): Promise<void> {
    this.#closing = { graceMs };
    const resources = [this.#databases, this.#caches, this.#services, this.#jwts]
      .flatMap((opened) => [...opened.values()])
      .toReversed();
    await Promise.all(resources.map((resource) => this.#close(resource, graceMs)));
  }

  async #keep<K, T>(kept: Map<K, OpenedResource<T>>, name: K, resource: OpenedResource<T>): Promise<void> {
    if (this.#closing) return this.#close(resource, this.#closing.graceMs);
    kept.set(name, resource);
  }

  async #close(resource: OpenedResource<unknown>, graceMs: number): Promise<void> {
    try {
      const late = () => new BootError('LIFECYCLE_FAILED', `it did not close within ${graceMs} ms`);
      await withDeadline(resource.close(), graceMs, late);
    } catch (error) {
      this.#logger.warn(`the connection to ${resource.description} did not close cleanly`, { error });
    }
  }
}

export function resourcesOf(graph: ModuleGraph, kind: string): ResourceUse[] {
  return graph.resources.filter((use) => use.resource.kind === kind);
}

function opened(use: ResourceUse, resource: OpenedResource<unknown> | undefined): { value: unknown; binding: Binding } {
  if (!resource) throw new BootError('GRAPH_INVALID', `${describeKey(use.key)} was not opened`);
  const { kind, name } = use.resource;
  return {
    value: resource.value,
    binding: { kind, name, source: resource.source, description: resource.description, why: resource.why },
  };
}

/** The names under which resources of one kind are injected. */
export function namesOf(graph: ModuleGraph, kind: string): string[] {
  return [...new Set(resourcesOf(graph, kind).map((use) => use.resource.name))];
}

/** The classes the container makes instances of. */
export function classesOf(graph: ModuleGraph): Class[] {
  return graph.providers.flatMap(({ source }) => (source.kind === 'class' ? [source.class] : []));
}

/** Every secret that is injected or that a rotation hook names. */
export function declaredSecrets(graph: ModuleGraph): string[] {
  return [...new Set([...namesOf(graph, 'secret'), ...rotatedSecretNames(classesOf(graph))])];
}

/** Whether anything in the graph signs tokens or has them checked. */
export function usesTokens(graph: ModuleGraph): boolean {
  return resourcesOf(graph, jwtResource.kind).length > 0;
}

/** Every database that anything in the graph uses. */
export function databaseNames(graph: ModuleGraph): string[] {
  const ofMethods = classesOf(graph).flatMap((target) => transactionalDatabases(target));
  return [...new Set([...namesOf(graph, 'database'), ...typeormNames(graph), ...ofMethods])];
}

/** What the graph wants of one database. */
export function databaseUse(graph: ModuleGraph, name: string): DatabaseUse {
  const schema = graph.schemas.get(name) ?? { entities: [], migrations: [], typeorm: {} };
  const usesTypeorm = schema.entities.length + schema.migrations.length > 0 || typeormNames(graph).includes(name);
  return { ...schema, usesTypeorm };
}

/** The databases whose repositories or DataSource are injected. */
function typeormNames(graph: ModuleGraph): string[] {
  const ofRepositories = resourcesOf(graph, 'repository').map(
    (use) => (use.resource.options as RepositoryOptions).database,
  );
  return [...ofRepositories, ...namesOf(graph, 'data-source')];
}

/** What the modules of a graph implement for others. */
export function servedIn(graph: ModuleGraph): ServedByClass[] {
  return graph.serves.filter((served) => isServedByClass(served));
}

/** How the modules of a graph implement services themselves. */
export function implementationsIn(graph: ModuleGraph): ServiceImplementation[] {
  return graph.services.filter((resource) => isServiceImplementation(resource));
}
