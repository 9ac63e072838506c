import type { ModuleGraph } from '../container/index.js';
import { SecretRedactor } from '../logging/index.js';
import {
  declaredSecrets,
  directJwtOptions,
  directSecretProviders,
  requestOf,
  servedIn,
  usesTokens,
} from '../module/index.js';
import {
  type Orchestrator,
  type JwtConfigInput,
  type OrchestratorConfigInput,
  startOrchestrator,
} from '../orchestrator/index.js';
import { ChainedSecretProvider } from '../secrets/index.js';
import { InProcessLauncher } from './in-process-launcher.js';
import { testConnections } from './test-connections.js';
import { TestApp } from './test-app.js';
import { TestDirectory } from './test-directory.js';
import { testLogger } from './test-logger.js';
import type { TestPlan } from './test-plan.js';
import { openTestServices, type TestServices } from './test-services.js';

/** The module of `graph` under a real orchestrator in this process; nothing but bytes passes between them. */
export async function bootProxied(graph: ModuleGraph, plan: TestPlan): Promise<TestApp> {
  const { class: root, options } = graph.root;
  const redactor = new SecretRedactor();
  const logger = testLogger(plan.env, redactor);
  const launcher = new InProcessLauncher(root, plan, logger);
  const directory = await TestDirectory.create();
  let services: TestServices | undefined;
  let orchestrator: Orchestrator | undefined;
  const close = async () => {
    try {
      await orchestrator?.close();
      await services?.close();
    } finally {
      await directory.remove();
    }
  };
  try {
    const moduleId = options.id;
    services = await openTestServices(root, plan, { moduleId, env: plan.env, logger });
    const running = await startOrchestrator(await orchestratorConfig(graph, plan, directory, services), {
      logger,
      redactor,
      launchers: { [moduleId]: launcher },
      services: services.served,
      control: false,
    });
    orchestrator = running;
    const booted = await launcher.booted;
    await running.ready;
    return new TestApp({
      module: booted,
      request: (target, options) => fetch(throughGateway(requestOf(target, options), running.gateway!, moduleId)),
      rotateSecret: (name, value) => running.rotateSecret(name, value),
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

/** A configuration that grants the module everything its graph asks for, and nothing else. */
async function orchestratorConfig(
  graph: ModuleGraph,
  plan: TestPlan,
  directory: TestDirectory,
  { served }: TestServices,
): Promise<OrchestratorConfigInput> {
  const { databases, caches } = testConnections(graph, plan.env, directory);
  const grants = {
    databases: Object.keys(databases),
    caches: { ...Object.fromEntries(Object.keys(caches).map((name) => [name, 'proxied' as const])), ...plan.caches },
    services: served.map(({ service }) => service.id),
    serves: servedIn(graph).map(({ service }) => service.id),
    secrets: declaredSecrets(graph),
  };
  const { secret: key, ...tokens } = directJwtOptions(plan.env);
  const jwt = usesTokens(graph) && { ...tokens, secret: { secret: key } };
  const names = [...grants.secrets, ...(jwt ? [key] : [])];
  return {
    modules: { [graph.root.options.id]: { ...grants, jwt: jwt !== false, env: plan.env, restart: 'never' } },
    databases,
    caches,
    ...(jwt && { jwt: jwt as JwtConfigInput }),
    secrets: [{ memory: { ...(await secretsOf(plan.env, names)), ...Object.fromEntries(plan.secrets) } }],
    gateway: { listen: '127.0.0.1:0', ...(plan.maxBody !== undefined && { maxBody: plan.maxBody }) },
    state: directory.path,
  };
}

/** The secrets in the test's env, as a module by itself finds them there. */
async function secretsOf(env: TestPlan['env'], names: readonly string[]): Promise<Record<string, string>> {
  const provider = new ChainedSecretProvider(directSecretProviders(env));
  const found = await Promise.all(names.map(async (name) => [name, await provider.get(name)] as const));
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function throughGateway(request: Request, gateway: string, module: string): Request {
  const { pathname, search } = new URL(request.url);
  return new Request(`${gateway}/${module}${pathname}${search}`, request);
}
