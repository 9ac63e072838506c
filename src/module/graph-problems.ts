import {
  checkGraph,
  type Class,
  describeKey,
  type ModuleGraph,
  type Overrides,
  type Problem,
  readModuleGraph,
  type Resource,
} from '../container/index.js';
import type { RepositoryOptions } from '../database/index.js';
import { BootError, didYouMean, type JsonObject, type Logger } from '../foundation/index.js';
import { rotatedSecretNames } from '../secrets/index.js';
import { type ServiceImplementation, serviceKind } from '../services/index.js';
import { type ModuleWorld, namesOf, resourcesOf, servedIn } from './open-resources.js';

/**
 * Reads and checks the whole static graph of a module: no I/O, no user code but decorators. Throws one GRAPH_INVALID
 * that lists every problem; OVERRIDE_INVALID for an override that nothing uses.
 */
export async function checkedGraph(root: Class, overrides: Overrides): Promise<ModuleGraph> {
  const problems: Problem[] = [];
  const graph = readModuleGraph(root, problems, overrides);
  problems.push(...checkGraph(graph), ...unusedHooks(graph), ...unknownEntities(graph), ...servedTwice(graph));
  if (graph.controllers.length > 0) {
    const { checkBodies, checkGuards } = await import('../http/index.js');
    problems.push(...checkBodies(graph.controllers), ...checkGuards(graph.controllers));
  }
  if (problems.length > 0) throw graphError(root, problems);
  checkOverrides(graph, overrides);
  return graph;
}

/** Throws GRAPH_INVALID for services that this process has to implement itself and does not. */
export function checkImplementations(
  graph: ModuleGraph,
  world: Pick<ModuleWorld, 'implementsService'>,
  services: readonly ServiceImplementation[],
): void {
  const problems = resourcesOf(graph, serviceKind)
    .filter(({ resource }) => world.implementsService(resource.name) && !isImplemented(resource, services))
    .map(({ resource, where }) => notImplemented(resource.name, where));
  if (problems.length > 0) throw graphError(graph.root.class, problems);
}

/**
 * Compares what the graph serves with what the configuration of the orchestrator lets it serve. Throws GRAPH_INVALID for
 * what others were promised and it does not have; what it has and nobody may call is only logged.
 */
export function checkServed(graph: ModuleGraph, grants: JsonObject | undefined, logger: Logger): void {
  const allowed = Array.isArray(grants?.['serves']) ? grants['serves'].map(String) : [];
  const served = servedIn(graph).map(({ service }) => service.id);
  const where = describeKey(graph.root.class);
  const missing = allowed.filter((id) => !served.includes(id));
  const problems = missing.map((id): Problem => {
    const cure = `add serves: [….servedBy(…)] to its @Module, or take it out of the configuration`;
    const message = `is to serve '${id}' to other modules, and does not${didYouMean(id, served)}; ${cure}`;
    return { code: 'MISSING_PROVIDER', where, message };
  });
  if (problems.length > 0) throw graphError(graph.root.class, problems);
  for (const service of served.filter((id) => !allowed.includes(id)))
    logger.warn('a service of the module is not served: the orchestrator does not let it', {
      service,
      cure: `modules.${graph.root.options.id}.serves: [${service}]`,
    });
}

function servedTwice(graph: ModuleGraph): Problem[] {
  const ids = servedIn(graph).map(({ service }) => service.id);
  const twice = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
  const where = describeKey(graph.root.class);
  return [...twice].map((id) => ({ code: 'BAD_MODULE', where, message: `serves '${id}' twice; keep one` }));
}

function isImplemented({ options }: Resource, services: readonly ServiceImplementation[]): boolean {
  return services.some(({ service }) => service === options);
}

function notImplemented(service: string, where: string): Problem {
  const cure = 'add services: [….direct(() => …)] to its @Module, or in a test .service(….serve(…))';
  return {
    code: 'MISSING_PROVIDER',
    where,
    message: `needs service '${service}', which nothing implements without an orchestrator; ${cure}`,
  };
}

/** Hooks of classes that are made anew for each injection: nobody would call them. */
function unusedHooks(graph: ModuleGraph): Problem[] {
  return graph.providers.flatMap(({ source, scope }) => {
    if (source.kind !== 'class' || scope === 'singleton') return [];
    const prototype = source.class.prototype as Record<string, unknown>;
    const hooks = ['onStart', 'onStop'].filter((hook) => typeof prototype[hook] === 'function');
    if (rotatedSecretNames([source.class]).length > 0) hooks.push('@OnSecretRotated');
    const where = describeKey(source.class);
    return hooks.map((hook) => ({
      code: 'BAD_DECORATOR' as const,
      where,
      message: `has ${hook}, which only singletons are told; make it a singleton, or move the hook into one (its scope is ${scope})`,
    }));
  });
}

/** Repositories of entities that their database does not have. */
function unknownEntities({ resources, schemas }: ModuleGraph): Problem[] {
  return resources.flatMap(({ resource, where }) => {
    if (resource.kind !== 'repository') return [];
    const { entity, database } = resource.options as RepositoryOptions;
    const listed = schemas.get(database)?.entities ?? [];
    // What a pattern of files holds is known when they are read.
    if (listed.includes(entity) || listed.some((source) => typeof source === 'string')) return [];
    const owners = [...schemas].filter(([, { entities }]) => entities.includes(entity)).map(([name]) => `'${name}'`);
    const known = owners.length === 0 ? '' : ` (it is one of database ${owners.join(' and ')})`;
    const list = `entities: [${describeKey(entity)}]`;
    const cure = database === 'default' ? list : `databases: { ${JSON.stringify(database)}: { ${list} } }`;
    const message = `injects the repository of ${describeKey(entity)}, which is no entity of database '${database}'${known}; add ${cure} to @Module`;
    return [{ code: 'MISSING_PROVIDER' as const, where, message }];
  });
}

function graphError(root: Class, found: readonly Problem[]): BootError {
  // A class that two modules list has its mistakes found twice.
  const byLine = new Map(found.map((problem) => [`  - ${problem.code} ${problem.where}: ${problem.message}`, problem]));
  const [lines, problems] = [[...byLine.keys()], [...byLine.values()]];
  return new BootError(
    'GRAPH_INVALID',
    `${describeKey(root)} has ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}:\n${lines.join('\n')}`,
    {
      details: { problems: problems.map(({ code, where, message }) => ({ code, where, message })) },
    },
  );
}

/** Throws OVERRIDE_INVALID for caches that the program hands in and nothing injects. */
export function checkGivenCaches(graph: ModuleGraph, given: readonly string[]): void {
  const used = namesOf(graph, 'cache');
  const unused = given.filter((name) => !used.includes(name));
  if (unused.length === 0) return;
  const list = unused.map((name) => `'${name}'${didYouMean(name, used)}`).join(', ');
  throw new BootError('OVERRIDE_INVALID', `nothing in ${describeKey(graph.root.class)} injects cache ${list}`);
}

function checkOverrides(graph: ModuleGraph, overrides: Overrides): void {
  const used = new Set<unknown>([
    ...graph.providers.map(({ key }) => key),
    ...graph.providers.flatMap(({ dependencies }) => dependencies.map(({ key }) => key)),
  ]);
  const unused = [...overrides.keys()].filter((key) => !used.has(key));
  if (unused.length === 0) return;
  const names = [...used].map(describeKey);
  const list = unused.map((key) => `${describeKey(key)}${didYouMean(describeKey(key), names)}`).join(', ');
  throw new BootError('OVERRIDE_INVALID', `nothing in ${describeKey(graph.root.class)} uses the override of ${list}`);
}
