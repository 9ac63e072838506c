import { type CredentialUser, Deferred, hideUrlPassword, type Logger, type Redactor } from '../foundation/index.js';
import type { HttpServer } from '../http/index.js';
import { createLogger, parseLogLevel, SecretRedactor, type SharedSecrets, shareSecrets } from '../logging/index.js';
import { SecretBroker } from '../secrets/index.js';
import { CustomServiceBroker } from '../services/index.js';
import type { ServiceBroker } from '../wire/index.js';
import { AccessPolicy } from './access-policy.js';
import type { AuditEvent } from './audit/audit-entry.js';
import { Closers } from './closers.js';
import type { OrchestratorConfigInput } from './config/config-input.js';
import type { OrchestratorConfig } from './config/orchestrator-config.js';
import type { ControlActions } from './control/control-actions.js';
import { ControlServer } from './control/control-server.js';
import { ToolSessions } from './control/tool-sessions.js';
import { createSecretStore } from './create-secret-store.js';
import { startGateway } from './gateway/gateway.js';
import { LaunchObserver } from './launch-observer.js';
import { LaunchServices } from './launch-services.js';
import { LinkServer } from './links/link-server.js';
import { listSecrets } from './list-secrets.js';
import { KnownOperations } from './metrics/known-operations.js';
import { OrchestratorMetrics } from './metrics/orchestrator-metrics.js';
import { openBackends } from './open-backends.js';
import { Orchestrator } from './orchestrator.js';
import { PortAllocator } from './ports/port-allocator.js';
import { preloadSecrets } from './preload-secrets.js';
import { Reattachments } from './reattach/reattachments.js';
import { moduleServices } from './routing/module-service-broker.js';
import type { ServingModule } from './routing/serving-module.js';
import { PreviousValues } from './rotations/previous-values.js';
import { SecretRotations } from './rotations/secret-rotations.js';
import { secretWrites } from './secret-writes.js';
import type { StartOrchestratorOptions } from './start-orchestrator-options.js';
import { ChildProcessLauncher } from './supervisor/child-process-launcher.js';
import { Supervisor } from './supervisor/supervisor.js';
import { toConfig } from './to-config.js';
import { ModuleTraces } from './trace/module-traces.js';

type AssembleOptions = StartOrchestratorOptions & {
  readonly logger: Logger;
  readonly redactor: Redactor & SharedSecrets;
};

/**
 * Starts everything a configuration names: a file, or the same in code (relative paths start at the current directory).
 * Resolves when gateway and control socket listen and the modules are being launched; `ready` tells when they are up.
 * Rejects, with nothing left running, with CONFIG_INVALID, ALREADY_RUNNING or `HttpError` LISTEN_FAILED.
 */
export async function startOrchestrator(
  source: string | OrchestratorConfigInput | OrchestratorConfig,
  options: StartOrchestratorOptions = {},
): Promise<Orchestrator> {
  const config = await toConfig(source, options);
  const redactor = options.redactor ?? new SecretRedactor();
  const logger = options.logger ?? createLogger({ redactor, level: parseLogLevel(process.env['LOG_LEVEL']) });
  const closers = new Closers(logger);
  const unshare = shareSecrets(redactor);
  closers.add('the redaction of its secrets', async () => unshare());
  try {
    return await assemble(config, { ...options, redactor, logger }, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function assemble(config: OrchestratorConfig, options: AssembleOptions, closers: Closers): Promise<Orchestrator> {
  const { logger, redactor } = options;
  for (const { url } of [...config.databases.values(), ...config.caches.values()]) hideUrlPassword(url, redactor);
  const policy = new AccessPolicy(config.modules);
  const { askPassphrase } = options;
  const { store, provider } = await createSecretStore(config.secrets, { redactor, logger, askPassphrase });
  const ports = new PortAllocator(config.ports);
  const processes = new ChildProcessLauncher(config.wire);
  const metrics = new OrchestratorMetrics(
    () => supervisor.statuses,
    () => provider.watchHealth,
  );
  closers.add('the metrics', async () => metrics.close());
  const traces = new Map([...config.modules.keys()].map((id) => [id, new ModuleTraces(redactor)]));
  const links = new LinkServer({
    stateDirectory: config.stateDirectory,
    tcp: config.tcpChannels,
    kinds: new Set([...config.modules.values()].flatMap(({ channels }) => [...channels.keys()])),
    logger,
    limits: config.wire,
  });
  const { stateDirectory, modules } = config;
  const reattachments = new Reattachments({ stateDirectory, modules, links, ports, processes, logger });
  const audit = (event: AuditEvent) => void rotations.audit(event);
  let brokers: readonly ServiceBroker[] = [];
  const servicesFor = (moduleId: string, launchId: string, moduleLogger: Logger) =>
    new LaunchServices({
      moduleId,
      launchId,
      policy,
      brokers,
      secrets: store,
      secretBroker,
      audit,
      ports,
      logger: moduleLogger,
      onPorts: () => reattachments.portsChanged(launchId),
    });
  const supervisor = new Supervisor({
    ...options.supervisor,
    modules: config.modules,
    limits: config.wire,
    heartbeat: config.heartbeat,
    launcherOf: (moduleId) => options.launchers?.[moduleId] ?? processes,
    servicesFor,
    observerFor: (moduleId, channel) =>
      new LaunchObserver(
        channel,
        (current) => metrics.wireOf(moduleId, current),
        new KnownOperations([...brokers, secretBroker]),
        traces.get(moduleId)!,
      ),
    ports,
    links,
    reattachments,
    logger,
    redactor,
  });
  // What the backends log in with takes part in rotations once it is open.
  let credentialUsers: readonly CredentialUser[] = [];
  const recordsIn = options.control === false ? undefined : stateDirectory;
  const overlaps = overlapsOf(config);
  const previous = new PreviousValues({ overlaps, stateDirectory: recordsIn, redactor, logger });
  const rotations = new SecretRotations({
    store,
    provider,
    participants: (name) => supervisor.participants(name),
    credentialUsers: () => credentialUsers,
    metrics,
    previous,
    stateDirectory: recordsIn,
    redactor,
    logger,
  });
  const secrets = { store, provider, redactor, logger };
  const secretBroker = new SecretBroker({ ...secrets, ...secretWrites(rotations, 'module'), access: policy });
  let gateway: HttpServer | undefined;
  const ready = new Deferred<void>();
  const orchestrator = new Orchestrator(
    {
      supervisor,
      rotations,
      listSecrets: () => listSecrets(policy, provider, credentialUsers),
      watchHealth: () => provider.watchHealth,
      gateway: () => gateway?.address,
      traces,
      closers,
    },
    ready.promise,
  );

  const tools = new ToolSessions({ modules: config.modules, servicesFor, limits: config.wire, logger, redactor });
  // First of all the state directory: a second orchestrator must not open the same databases.
  if (options.control !== false) {
    const control = await ControlServer.start({
      stateDirectory: config.stateDirectory,
      actions: controlActions(orchestrator, rotations),
      toolSession: (moduleId) => tools.session(moduleId),
      logger,
      redactor,
    });
    closers.add('the control socket', () => control.close());
    closers.add('the tools that wait', async () => tools.refuse());
  }
  closers.add('the audit log', () => rotations.closeRecords());
  await rotations.resume();
  // Before anything is read, so that no change is missed.
  await rotations.watch();
  // However this process exits, short of being killed, its modules do not outlive it.
  const killAll = () => processes.killAll();
  process.once('exit', killAll);
  closers.add('the processes', async () => void process.off('exit', killAll));
  const serverOf = (id: string): ServingModule => ({
    id,
    operationsOf: (service) => supervisor.module(id)?.operationsOf(service) ?? [],
    get running() {
      return supervisor.module(id)?.running?.peer;
    },
    whenRunning: async (gone, signal) =>
      (await supervisor.module(id)?.whenRunning(({ peer }) => peer !== gone, signal))?.peer,
  });
  const custom = (options.services ?? []).map((served) => new CustomServiceBroker(served, logger));
  const backends = await openBackends(config, store, previous, logger, closers, options.caches);
  credentialUsers = backends.credentialUsers;
  if (config.standalone && options.launch !== false) {
    const { startStandalone } = await import('./standalone/start-standalone.js');
    const standalone = await startStandalone(
      config.standalone,
      { ...secrets, ...secretWrites(rotations, 'process'), audit, previous },
      config.wire,
    );
    closers.add('the listener for standalone', () => standalone.close());
    credentialUsers = [...credentialUsers, standalone.credentialUser];
  }
  brokers = [...backends.brokers, ...custom, ...moduleServices(config.modules.values(), serverOf, logger)];
  await preloadSecrets(store, policy, logger);
  closers.add('the modules of an orchestrator before', () => reattachments.close());
  if (options.control !== false && options.launch !== false) await reattachments.start();
  closers.add('the listeners for modules', () => links.close());
  await links.start();
  // What runs for one tool alone is used by those that come meanwhile.
  closers.add('the tools', () => (options.launch === false ? tools.drain() : tools.close()));
  tools.begin();
  closers.add('the modules', () => stopModules(supervisor, rotations));
  if (config.gateway) {
    const server = await startGateway({
      config: config.gateway,
      module: (id) => supervisor.module(id),
      status: () => orchestrator.status,
      metrics: async () => (await import('./metrics/prometheus-text.js')).prometheusText(metrics),
      logger,
      redactor,
    });
    closers.add('the gateway', () => server.close());
    gateway = server;
    logger.info('the gateway listens', { address: server.address });
  }
  ready.resolve(options.launch === false ? undefined : supervisor.start(gateway?.address ?? 'http://127.0.0.1'));
  return orchestrator;
}

/** Of the secrets that others prove to this orchestrator, how long it accepts what a rotation replaced, where the configuration says. */
function overlapsOf({ standalone, jwt }: OrchestratorConfig): ReadonlyMap<string, number | undefined> {
  return new Map([
    ...(standalone ? [[standalone.tokenSecret, undefined] as const] : []),
    ...(jwt ? [[jwt.secret, jwt.overlapMs] as const] : []),
  ]);
}

function controlActions(orchestrator: Orchestrator, rotations: SecretRotations): ControlActions {
  return {
    status: () => Promise.resolve(orchestrator.status),
    listSecrets: () => orchestrator.listSecrets(),
    rotateSecret: (name, value, options) => orchestrator.rotateSecret(name, value, options),
    rotateSecrets: (values, options) => orchestrator.rotateSecrets(values, options),
    adoptSecrets: (names, options) => orchestrator.adoptSecrets(names, options),
    recordSet: (name, by = { kind: 'api' }) => rotations.recordSet(name, by),
    trace: (moduleId, signal) => orchestrator.trace(moduleId, signal),
  };
}

async function stopModules(supervisor: Supervisor, rotations: SecretRotations): Promise<void> {
  // A rotation that is under way ends with the modules it waits for.
  await Promise.all([rotations.close(), supervisor.stop('the orchestrator is stopping')]);
}
