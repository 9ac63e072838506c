import {
  type Class,
  describeKey,
  type InjectionKey,
  type Instance,
  ModuleContainer,
  type ModuleGraph,
  type Overrides,
  resourceOf,
} from '../container/index.js';
import { attachCaches, cacheToken } from '../cache/index.js';
import type { GivenCacheOptions } from '../cache/index.js';
import { attachTransactions } from '../database/index.js';
import {
  BootError,
  type Duration,
  durationMs,
  hideUrlPassword,
  type Logger,
  parseByteSize,
  type Redactor,
} from '../foundation/index.js';
import { type SharedSecrets, shareSecrets } from '../logging/index.js';
import { ModuleSecrets, rotatedSecretNames, secretKind, shownHealth } from '../secrets/index.js';
import { ServiceDispatcher, type ServiceImplementation } from '../services/index.js';
import { type Channel, initLineLimit, ModuleSession, type ModuleSessionOptions } from '../wire/index.js';
import { type Binding, configBinding, overrideBinding } from './binding.js';
import { BootedModule } from './booted-module.js';
import type { DetectedEnvironment } from './environment.js';
import { checkedGraph, checkGivenCaches, checkImplementations, checkServed } from './graph-problems.js';
import { startAll, stopAll } from './lifecycle.js';
import { readModuleConfigs } from './module-config.js';
import { openModuleHttp } from './module-http.js';
import {
  classesOf,
  implementationsIn,
  type ModuleWorld,
  OpenResources,
  resourcesOf,
  servedIn,
} from './open-resources.js';
import type { OrchestratorSession } from './orchestrator-session.js';
import { PendingSteps } from './pending-steps.js';
import { ProxiedWorld } from './proxied-world.js';
import { RequestGate } from './request-gate.js';
import { serveSession } from './serve-session.js';
import { type StreamOptions, streamLimits } from './stream-options.js';
import type { DirectSecrets, FollowedChanges } from './world.js';

/** Everything a boot needs to know; `bootModule`, `runModule` and the testing kit fill it in. */
export interface BootPlan {
  readonly detected: DetectedEnvironment;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly redactor: Redactor & SharedSecrets;
  readonly overrides: Overrides;
  /** Deadline of the whole boot. Default 30 s. */
  readonly timeout?: Duration | undefined;
  /** How long a stop waits for requests, and for each `onStop`. Default 10 s. */
  readonly stopGrace?: Duration | undefined;
  /** The largest body of a request. Default 10 MiB. */
  readonly maxBody?: string | number | undefined;
  readonly streams?: StreamOptions | undefined;
  /** Direct: caches on clients of the program, by name. */
  readonly caches?: Readonly<Record<string, GivenCacheOptions>> | undefined;
  readonly synchronize?: boolean | undefined;
  /** Take the place of the services in `@Module`. */
  readonly services?: readonly ServiceImplementation[] | undefined;
  /** Direct: where secrets come from. */
  readonly secrets: (moduleId: string) => Promise<DirectSecrets>;
  /** Proxied: the way to the orchestrator. The boot owns it. */
  readonly channel?: () => Channel;
  /** Proxied: called when the orchestrator asks for a stop, or is gone, with what the process is to exit with (0). */
  readonly onStopAsked?: (reason: string, exitCode?: number) => void;
}

export interface Booted {
  readonly module: BootedModule;
  readonly session: OrchestratorSession | undefined;
  readonly secrets: ModuleSecrets;
}

/**
 * Boots a module in the phases that make failures cheap: the static graph (no I/O), then settings, then all secrets,
 * then connections, then the user's classes. Whatever fails, everything opened before is closed again, and what a boot
 * that was given up still opens is closed as it comes.
 */
export async function boot(root: Class, plan: BootPlan): Promise<Booted> {
  const graph = await checkedGraph(root, plan.overrides);
  checkGivenCaches(graph, Object.keys(plan.caches ?? {}));
  const closers: Closer[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse())
      await close().catch((error: unknown) => plan.logger.error('a part of the stop failed', { error }));
  };
  const unshare = shareSecrets(plan.redactor);
  closers.push(async () => unshare());
  const steps = new PendingSteps();
  const timeoutMs = durationMs(plan.timeout ?? '30s', 'boot timeout');
  try {
    return await steps.within(timeoutMs, bootChecked(graph, plan, steps, closers, closeAll));
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function bootChecked(
  graph: ModuleGraph,
  plan: BootPlan,
  steps: PendingSteps,
  closers: Closer[],
  closeAll: Closer,
): Promise<Booted> {
  const { logger, overrides } = plan;
  const stopGraceMs = durationMs(plan.stopGrace ?? '10s', 'stop grace');
  const services = [...(plan.services ?? []), ...implementationsIn(graph)];
  const session = await openSession(plan, steps, closers);
  const direct = session ? undefined : await plan.secrets(graph.root.options.id);
  const world: ModuleWorld = session
    ? new ProxiedWorld({ session, env: plan.env, services, logger, synchronize: plan.synchronize })
    : await directWorld(graph.root.options.id, direct!, services, plan);
  closers.push(async () => world.secrets.close?.());
  checkImplementations(graph, world, services);
  if (session) checkServed(graph, session.init.grants, logger);

  const settings = graph.configs.filter((config) => !overrides.has(config));
  const configs = await readModuleConfigs(settings, world.env);
  const credentialUsers = (name: string) => world.credentialUsers.filter(({ secret }) => secret === name);
  const secrets = new ModuleSecrets({ source: world.secrets, redactor: plan.redactor, logger, credentialUsers });
  closers.push(() => Promise.resolve(secrets.close()));
  const declared = resourcesOf(graph, 'secret').map((use) => use.resource);
  await steps.during('reading secrets', () => secrets.prefetch(declared, hookedSecrets(graph, overrides)));

  const resources = new OpenResources(world, logger, plan.redactor);
  closers.push(() => resources.close(stopGraceMs));
  await resources.open(graph, steps);

  const values = new Map<InjectionKey, unknown>([...configs, ...overrides]);
  const bindings: Binding[] = [
    ...[...overrides.keys()].map((key) => overrideBinding(key, graph.configs)),
    ...settings.map((config) => configBinding(config, world)),
  ];
  for (const use of graph.resources) {
    const { value, binding } = resources.resolve(use, secrets, logger);
    values.set(use.key, value);
    bindings.push(binding);
  }
  const equip = (instance: object) => {
    attachTransactions(instance, (name) => resources.transactional(name), logger);
    attachCaches(instance, (name) => container.get(cacheToken(name)));
    secrets.addHooks(instance);
  };
  const container = new ModuleContainer(graph, values, equip);
  const instances: Instance[] = [];
  closers.push(() => stopAll(instances, stopGraceMs, logger));
  const stepper = stepTracker(steps);
  await container.createSingletons({
    onStep: (node) => stepper(node && `creating ${describeKey(node.key)}`),
    onCreated: (instance) => {
      if (instance.node.source.kind === 'factory' && isObject(instance.value)) equip(instance.value);
      if (steps.isOver) void stopAll([instance], stopGraceMs, logger);
      else instances.push(instance);
    },
  });
  const served = new ServiceDispatcher(
    servedIn(graph).map(({ service, useClass }) => ({ service, handlers: container.get(useClass) })),
    logger,
  );
  closers.push(() => served.close());
  await startAll(instances, stepper);
  const followed = await direct?.follow?.(world.moduleId, secrets);
  if (followed) closers.push(() => followed.end());

  const app = await openModuleHttp({
    container: container.inversify,
    controllers: graph.controllers,
    logger,
    moduleId: world.moduleId,
    redactor: plan.redactor,
    health: () => healthOf(world, followed),
    ...(plan.maxBody !== undefined && { maxBodyBytes: parseByteSize(plan.maxBody, 'maxBody') }),
  });
  const gate = new RequestGate();
  closers.push(async () => {
    if (!(await gate.drain(stopGraceMs))) logger.warn('requests were still running when the grace of the stop ended');
  });
  const module = new BootedModule({
    id: world.moduleId,
    environment: world.environment,
    container,
    bindings,
    routes: app.routes,
    fetch: (request) => app.fetch(request),
    gate,
    close: closeAll,
  });
  const onStopAsked = plan.onStopAsked ?? (() => void module.close());
  if (session) serveSession(session, module, secrets, onStopAsked, { gate, logger, served });
  // After the announcement, which it would hold up.
  setImmediate(() =>
    logger.info('module booted', { environment: world.environment, why: plan.detected.why, bindings }),
  );
  return { module, session, secrets };
}

type Closer = () => Promise<void>;

/** A module whose secrets are watched in vain, or are others where they are kept, still answers; it says so. */
function healthOf({ environment, secrets }: ModuleWorld, followed: FollowedChanges | undefined): object {
  const health = secrets.health?.();
  if (!health) return { environment };
  const { refused = [], deleted = [] } = followed ?? {};
  const isWell = health.status === 'ok' && refused.length === 0 && deleted.length === 0;
  const more = { ...(refused.length > 0 && { refused }), ...(deleted.length > 0 && { deleted }) };
  const shown = { ...shownHealth(health), status: isWell ? 'ok' : 'degraded', ...more };
  return { environment, ...(!isWell && { status: 'DEGRADED' }), secrets: shown };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What rotation hooks name; an overridden secret rotates nowhere. */
function hookedSecrets(graph: ModuleGraph, overrides: Overrides): string[] {
  const overridden = [...overrides.keys()].map(resourceOf).filter((resource) => resource?.kind === secretKind);
  return rotatedSecretNames(classesOf(graph)).filter((name) => !overridden.some((resource) => resource?.name === name));
}

async function openSession(
  plan: BootPlan,
  steps: PendingSteps,
  closers: Closer[],
): Promise<OrchestratorSession | undefined> {
  if (plan.detected.environment === 'direct') return undefined;
  if (!plan.channel) throw new BootError('INIT_TIMEOUT', 'a proxied module needs a channel to its orchestrator');
  const limits = { ...streamLimits(plan.streams ?? {}), ...initLineLimit(plan.env) };
  const channel = plan.channel();
  let session: ModuleSession | undefined;
  closers.push(() => (session ?? channel).close());
  const options = { logger: plan.logger, redact: (text: string) => plan.redactor.redact(text), limits };
  session = await steps.during('waiting for the init line', () => ModuleSession.open(channel, options));
  if (session.init.link) {
    closers.push(() => channel.close());
    const opened = session;
    const moved = await steps.during('connecting to the orchestrator', () => moveToLink(opened, options));
    closers.push(() => moved.close());
    return moved;
  } else if (!session.extensions && (session.init.tcp_channel || session.init.ipc_channel)) {
    const { openPlainChannels } = await import('./open-plain-channels.js');
    const opened = session;
    closers.push(await steps.during('connecting to the orchestrator', () => openPlainChannels(opened, plan.logger)));
  }
  return session;
}

/** Carries the session on where the init line says that the orchestrator is reached. */
async function moveToLink(session: ModuleSession, options: ModuleSessionOptions): Promise<OrchestratorSession> {
  if (session.init.link?.reattach) {
    const { LastingSession } = await import('./reattach/lasting-session.js');
    return LastingSession.open(session, options);
  }
  const { openLink } = await import('./open-link.js');
  const dialer = await openLink(session.init, options.logger);
  if (dialer) session.moveTo(dialer.link);
  return session;
}

async function directWorld(
  moduleId: string,
  { source }: DirectSecrets,
  services: readonly ServiceImplementation[],
  plan: BootPlan,
): Promise<ModuleWorld> {
  for (const [name, value = ''] of Object.entries(plan.env))
    if (name.endsWith('_URL')) hideUrlPassword(value, plan.redactor);
  const { DirectWorld } = await import('./direct-world.js');
  return new DirectWorld({
    moduleId,
    env: plan.env,
    secrets: source,
    services,
    logger: plan.logger,
    caches: plan.caches,
    synchronize: plan.synchronize,
  });
}

/** Marks one step after another as pending, as a sequence reports them. */
function stepTracker(steps: PendingSteps): (what: string | undefined) => void {
  let finish: (() => void) | undefined;
  return (what) => {
    finish?.();
    finish = what === undefined ? undefined : steps.begin(what);
  };
}
