import {
  type Class,
  describeKey,
  type InjectionKey,
  ModuleContainer,
  type ModuleGraph,
  type Overrides,
} from '../container/index.js';
import { attachTransactions } from '../database/index.js';
import { type Duration, durationMs, type Logger, type Redactor } from '../foundation/index.js';
import { ModuleSecrets, rotatedSecretNames, type SecretSource, secretToken } from '../secrets/index.js';
import { type Channel, ModuleSession } from '../wire/index.js';
import type { Binding } from './binding.js';
import { BootedModule } from './booted-module.js';
import { DirectWorld } from './direct-world.js';
import type { DetectedEnvironment } from './environment.js';
import { checkedGraph } from './graph-problems.js';
import { startAll, stopAll } from './lifecycle.js';
import { readModuleConfigs } from './module-config.js';
import { classesOf, type ModuleWorld, OpenResources, overrideBinding, resourcesOf } from './open-resources.js';
import { PendingSteps } from './pending-steps.js';
import { ProxiedWorld } from './proxied-world.js';
import { RequestGate } from './request-gate.js';

/** Everything a boot needs to know; `bootModule`, `runModule` and the testing kit fill it in. */
export interface BootPlan {
  readonly detected: DetectedEnvironment;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly overrides: Overrides;
  /** Deadline of the whole boot. Default 30 s. */
  readonly timeout?: Duration | undefined;
  /** How long a stop waits for requests, and for each `onStop`. Default 10 s. */
  readonly stopGrace?: Duration | undefined;
  readonly synchronize?: boolean | undefined;
  /** Direct: where secrets come from. */
  readonly secrets: (moduleId: string) => Promise<SecretSource>;
  /** Proxied: the way to the orchestrator. The boot owns it. */
  readonly channel?: () => Channel;
  /** Proxied: called when the orchestrator asks for a stop, or is gone. */
  readonly onStopAsked?: (reason: string) => void;
}

export interface Booted {
  readonly module: BootedModule;
  readonly session: ModuleSession | undefined;
  readonly secrets: ModuleSecrets;
}

/**
 * Boots a module in the phases that make failures cheap: the static graph (no I/O), then settings, then all secrets,
 * then connections, then the user's classes. Whatever fails, everything opened before is closed again.
 */
export async function boot(root: Class, plan: BootPlan): Promise<Booted> {
  const graph = await checkedGraph(root, plan.detected.environment, plan.overrides);
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
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
  closers: (() => Promise<void>)[],
  closeAll: () => Promise<void>,
): Promise<Booted> {
  const { logger } = plan;
  const session = await openSession(plan, steps, closers);
  const world: ModuleWorld = session
    ? new ProxiedWorld(session, plan.env, logger)
    : await directWorld(graph.root.options.id, plan);

  const configs = await readModuleConfigs(graph.configs, world.env);
  const secrets = new ModuleSecrets({ source: world.secrets, redactor: plan.redactor, logger });
  const declared = resourcesOf(graph, 'secret').map((use) => use.resource);
  await steps.during('reading secrets', () => secrets.prefetch(declared, hookedSecrets(graph, plan.overrides)));

  const resources = new OpenResources(world);
  closers.push(() => resources.close(logger));
  await resources.open(graph, steps);

  const values = new Map<InjectionKey, unknown>([...configs, ...plan.overrides]);
  const bindings: Binding[] = [...plan.overrides.keys()].map(overrideBinding);
  for (const use of graph.resources) {
    const { value, binding } = resources.resolve(use, secrets, logger);
    values.set(use.key, value);
    bindings.push(binding);
  }
  const container = new ModuleContainer(graph, values);
  const stepper = stepTracker(steps);
  const instances = await container.createSingletons((node) => stepper(node && `creating ${describeKey(node.key)}`));
  for (const { node, value } of instances) {
    if (node.source.kind !== 'class') continue;
    attachTransactions(value as object, (name) => resources.direct(name));
    secrets.addHooks(value as object);
  }
  const stopGraceMs = durationMs(plan.stopGrace ?? '10s', 'stop grace');
  closers.push(() => stopAll(instances, stopGraceMs, logger));
  await startAll(instances, stepper);

  const { createHttpApp } = await import('../http/index.js');
  const health = () => ({ environment: world.environment });
  const app = await createHttpApp({
    container: container.inversify,
    controllers: graph.controllers,
    logger,
    moduleId: world.moduleId,
    health,
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
  if (session) {
    const { serveSession } = await import('./serve-session.js');
    serveSession(session, module, secrets, plan.onStopAsked ?? (() => void module.close()));
  }
  logger.info('module booted', { environment: world.environment, why: plan.detected.why, bindings });
  return { module, session, secrets };
}

/** What rotation hooks name; an overridden secret rotates nowhere. */
function hookedSecrets(graph: ModuleGraph, overrides: Overrides): string[] {
  return rotatedSecretNames(classesOf(graph)).filter((name) => !overrides.has(secretToken(name)));
}

async function openSession(
  plan: BootPlan,
  steps: PendingSteps,
  closers: (() => Promise<void>)[],
): Promise<ModuleSession | undefined> {
  if (plan.detected.environment === 'direct' || !plan.channel) return undefined;
  const channel = plan.channel();
  closers.push(() => channel.close());
  const options = { logger: plan.logger, redact: (text: string) => plan.redactor.redact(text) };
  return steps.during('waiting for the init line', () => ModuleSession.open(channel, options));
}

async function directWorld(moduleId: string, plan: BootPlan): Promise<ModuleWorld> {
  return new DirectWorld({
    moduleId,
    env: plan.env,
    secrets: await plan.secrets(moduleId),
    logger: plan.logger,
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
