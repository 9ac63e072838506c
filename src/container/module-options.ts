import type { Class } from './class-metadata.js';
import { ClassMetadata } from './class-metadata.js';
import type { Scope } from './decorators.js';
import type { InjectionKey } from './token.js';
import type { EntitySource, MigrationSource, TypeormOptions } from './typeorm-options.js';

/** `{ provide, useClass }`: `provide` is answered with an instance of the class. */
export interface ClassProvider<T = unknown> {
  readonly provide: InjectionKey<T>;
  readonly useClass: Class<T>;
  readonly scope?: Scope;
}

/** `{ provide, useValue }`: the value as it is; the module never closes it. */
export interface ValueProvider<T = unknown> {
  readonly provide: InjectionKey<T>;
  readonly useValue: T;
}

/** `{ provide, useFactory, inject }`: what the function returns or resolves to, called with the injected keys. */
export interface FactoryProvider<T = unknown> {
  readonly provide: InjectionKey<T>;
  // A factory's parameters are whatever `inject` names; the graph check sees to the keys, the author to the types.
  readonly useFactory: (...injected: never[]) => T | Promise<T>;
  readonly inject?: readonly InjectionKey[];
  readonly scope?: Scope;
}

export type Provider = Class | ClassProvider | ValueProvider | FactoryProvider;

/** How a module by itself provides something that an orchestrator would serve, such as `Geo.direct(…)` of a service. */
export interface DirectResource {
  readonly provide: InjectionKey;
}

/** A class that implements something for other modules, such as `Geo.servedBy(GeoService)` of a service. */
export interface ServedClass {
  readonly useClass: Class;
}

/** What of one database is TypeORM's. */
export interface DatabaseSchema {
  readonly entities?: readonly EntitySource[];
  /** Which `pywatt db` applies. */
  readonly migrations?: readonly MigrationSource[];
  /** Of its DataSource: subscribers, the naming strategy, the result cache and the like. */
  readonly typeorm?: TypeormOptions;
}

export interface ModuleOptions {
  /** Names the module everywhere: logs, wire, gateway path. Lower-case letters, digits and dashes. */
  readonly id: string;
  /** Other `@Module` classes whose exports this one may inject. */
  readonly imports?: readonly Class[];
  readonly providers?: readonly Provider[];
  readonly controllers?: readonly Class[];
  /** Implementations of services for when no orchestrator serves them: `Geo.direct(() => new LocalGeo())`. */
  readonly services?: readonly DirectResource[];
  /** Services that other modules call, and the classes that implement them: `Geo.servedBy(GeoService)`. */
  readonly serves?: readonly ServedClass[];
  /** TypeORM entities of the default database. */
  readonly entities?: readonly EntitySource[];
  /** TypeORM migrations of the default database, which `pywatt db` applies. */
  readonly migrations?: readonly MigrationSource[];
  /** Of the DataSource of the default database: subscribers, the naming strategy, the result cache and the like. */
  readonly typeorm?: TypeormOptions;
  /** Entities, migrations and options of other databases, by name: `{ analytics: { entities: [Event] } }`. */
  readonly databases?: Readonly<Record<string, DatabaseSchema>>;
  /** class-validator classes filled from the environment (`maxQuantity` from `MAX_QUANTITY`), injectable by class. */
  readonly config?: Class | readonly Class[];
  /** What importing modules may inject: providers of this module, or whole imported modules. */
  readonly exports?: readonly (InjectionKey | Class)[];
}

export const moduleOptions = new ClassMetadata<ModuleOptions>();
