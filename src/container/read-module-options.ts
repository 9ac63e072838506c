import { didYouMean, isJsonObject } from '../foundation/index.js';
import type { Class } from './class-metadata.js';
import {
  type DatabaseSchema,
  type DirectResource,
  type ModuleOptions,
  moduleOptions,
  type ServedClass,
} from './module-options.js';
import type { Problem } from './problem.js';
import { describeKey, isInjectionKey } from './token.js';
import { type EntitySource, type MigrationSource, typeormOptionNames, type TypeormOptions } from './typeorm-options.js';

const lists = [
  'imports',
  'providers',
  'controllers',
  'services',
  'serves',
  'entities',
  'migrations',
  'exports',
] as const;
const names: readonly string[] = ['id', 'config', 'databases', 'typeorm', ...lists];
const schemaNames: readonly string[] = ['entities', 'migrations', 'typeorm'];

/**
 * The options a module class was decorated with, in a form that can be worked with whatever was written; every mistake
 * goes to `problems` as BAD_MODULE.
 */
export function readModuleOptions(target: Class, problems: Problem[]): ModuleOptions {
  const report = (message: string) => void problems.push({ code: 'BAD_MODULE', where: describeKey(target), message });
  const written: unknown = typeof target === 'function' ? moduleOptions.of(target).at(-1) : undefined;
  if (typeof written !== 'object' || written === null) {
    report(
      typeof target === 'function'
        ? 'is not decorated with @Module({ id: … })'
        : 'is not a class; hand over a class that is decorated with @Module({ id: … })',
    );
    return { id: describeKey(target) };
  }
  for (const name of Object.keys(written).filter((key) => !names.includes(key)))
    report(`has the option '${name}', which @Module does not know${didYouMean(name, names)}`);
  const options = written as ModuleOptions;
  const [imports, providers, controllers, services, serves, entities, migrations, exports] = lists.map((name) =>
    listOf(options, name, report),
  );
  return {
    id: checkedId(options.id, report),
    imports: imports as Class[],
    providers: providers as Class[],
    controllers: classesOf('controllers', controllers!, report),
    services: directResourcesOf(services!, report),
    serves: servedClassesOf(serves!, report),
    entities: entitiesOf(entities!, report),
    migrations: migrationsOf(migrations!, report),
    typeorm: typeormOf(options.typeorm, report),
    databases: databasesOf(options.databases, report),
    config: classesOf('config', options.config === undefined ? [] : [options.config].flat(), report),
    exports: definedOf('exports', exports!, report) as Class[],
  };
}

type Report = (message: string) => void;

function checkedId(id: unknown, report: Report): string {
  if (typeof id === 'string' && /^[a-z][a-z0-9-]*$/.test(id)) return id;
  report(
    `has the id ${JSON.stringify(id)}; an id starts with a lower-case letter and holds only lower-case letters, digits and dashes`,
  );
  return String(id);
}

function listOf(options: object, name: string, report: Report): readonly unknown[] {
  const list = (options as Record<string, unknown>)[name];
  if (Array.isArray(list)) return list;
  if (list !== undefined) report(`has ${name} that are not a list; write ${name}: [ … ]`);
  return [];
}

function classesOf(name: string, items: readonly unknown[], report: Report): Class[] {
  return definedOf(name, items, report).filter((item): item is Class => {
    const isClass = typeof item === 'function';
    if (!isClass) report(`lists ${describeKey(item)} among its ${name}, which is not a class`);
    return isClass;
  });
}

function databasesOf(written: unknown, report: Report): Record<string, DatabaseSchema> {
  if (written === undefined) return {};
  if (!isJsonObject(written))
    report('has databases that are no object; write databases: { analytics: { entities: [ … ] } }');
  const entries = isJsonObject(written) ? Object.entries(written) : [];
  return Object.fromEntries(entries.map(([name, schema]) => [name, databaseSchema(name, schema, report)]));
}

function databaseSchema(name: string, written: unknown, report: Report): DatabaseSchema {
  const place = (message: string) => report(`${message} (in databases.${name})`);
  if (name === 'default')
    report(
      "has databases.default; what belongs to the default database stands in the module's own entities and migrations",
    );
  if (!isJsonObject(written)) {
    place('has a database that is no object; write { entities: [ … ], migrations: [ … ] }');
    return {};
  }
  for (const key of Object.keys(written).filter((other) => !schemaNames.includes(other)))
    place(`has '${key}' for a database, which @Module does not know${didYouMean(key, schemaNames)}`);
  return {
    entities: entitiesOf(listOf(written, 'entities', place), place),
    migrations: migrationsOf(listOf(written, 'migrations', place), place),
    typeorm: typeormOf((written as DatabaseSchema).typeorm, place),
  };
}

/** TypeORM knows its schemas by a mark of theirs. */
function entitiesOf(items: readonly unknown[], report: Report): EntitySource[] {
  const isSchema = (item: unknown) => isJsonObject(item) && '@instanceof' in item;
  return sourcesOf<EntitySource>('entities', items, isSchema, report);
}

function migrationsOf(items: readonly unknown[], report: Report): MigrationSource[] {
  return sourcesOf<MigrationSource>('migrations', items, () => false, report);
}

function sourcesOf<T>(
  name: string,
  items: readonly unknown[],
  isOther: (item: unknown) => boolean,
  report: Report,
): T[] {
  return definedOf(name, items, report).filter((item): item is T => {
    const isSource = typeof item === 'function' || isPattern(item) || isOther(item);
    if (!isSource) report(`lists ${describeKey(item)} among its ${name}, which is not a class`);
    return isSource;
  });
}

/** Not the name of a class. */
function isPattern(item: unknown): boolean {
  return typeof item === 'string' && /[./\\*]/.test(item);
}

function typeormOf(written: unknown, report: Report): TypeormOptions {
  if (written === undefined) return {};
  if (!isJsonObject(written)) {
    report('has typeorm that is no object; write typeorm: { subscribers: [ … ] }');
    return {};
  }
  for (const name of Object.keys(written).filter((key) => !typeormOptionNames.includes(key))) {
    const nearest = didYouMean(name, typeormOptionNames);
    const why = nearest === '' ? '; where a database is and how it logs in is its configuration' : nearest;
    report(`has typeorm.${name}, which is not for @Module to choose${why}`);
  }
  return written;
}

function directResourcesOf(items: readonly unknown[], report: Report): DirectResource[] {
  return definedOf('services', items, report).filter((item): item is DirectResource => {
    const isDirect = typeof item === 'object' && item !== null && isInjectionKey((item as DirectResource).provide);
    if (!isDirect)
      report(`lists ${describeKey(item)} among its services, which implements none; write Service.direct(() => …)`);
    return isDirect;
  });
}

function servedClassesOf(items: readonly unknown[], report: Report): ServedClass[] {
  return definedOf('serves', items, report).filter((item): item is ServedClass => {
    const isServed = typeof item === 'object' && typeof (item as ServedClass | null)?.useClass === 'function';
    if (!isServed) report(`lists ${describeKey(item)} in serves, which is no service; write Service.servedBy(Class)`);
    return isServed;
  });
}

function definedOf(name: string, items: readonly unknown[], report: Report): unknown[] {
  return items.filter((item) => {
    if (item === undefined || item === null)
      report(`lists ${String(item)} among its ${name}, often because two files import each other`);
    return item !== undefined && item !== null;
  });
}
