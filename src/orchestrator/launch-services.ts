import { CacheError } from '../cache/index.js';
import { DatabaseError } from '../database/index.js';
import { type Logger, readIpPort, WireError } from '../foundation/index.js';
import { JwtError } from '../jwt/index.js';
import {
  type SecretBroker,
  SecretError,
  type SecretReader,
  secretService,
  type SecretStore,
} from '../secrets/index.js';
import { ServiceError } from '../services/index.js';
import type {
  GetSecretMessage,
  ModulePeerHandlers,
  OpenPipe,
  RouteTarget,
  ServiceBroker,
  ServiceCallOptions,
  ServiceConnection,
  ServiceType,
  WireJson,
} from '../wire/index.js';
import type { AccessPolicy } from './access-policy.js';
import { AccessAudit } from './audit/access-audit.js';
import type { AuditEvent } from './audit/audit-entry.js';
import type { PortAllocator } from './ports/port-allocator.js';

export interface LaunchServicesOptions {
  readonly moduleId: string;
  /** Different for every launch of every module. */
  readonly launchId: string;
  readonly policy: AccessPolicy;
  readonly brokers: readonly ServiceBroker[];
  readonly secrets: SecretStore;
  /** Through which the module reads, writes and lists them itself, as far as it was granted each. */
  readonly secretBroker: Pick<SecretBroker, 'open'>;
  /** Who was given which secret, and who was refused. Default: nobody is told. */
  readonly audit?: (event: AuditEvent) => void;
  readonly ports: PortAllocator;
  /** Adds the module's name to every line. */
  readonly logger: Logger;
  /** Called when the launch has other ports than before. */
  readonly onPorts?: () => void;
}

type Handlers = Pick<ModulePeerHandlers, 'getSecret' | 'openService' | 'requestPort' | 'route'>;

/** What the orchestrator does for one launch of one module: exactly what the module was granted. */
export class LaunchServices implements Handlers {
  readonly #options: LaunchServicesOptions;
  readonly #accesses: AccessAudit;
  readonly #reader: SecretReader;
  readonly #routed = new Map<string, Promise<ServiceConnection>>();
  #isOver = false;

  constructor(options: LaunchServicesOptions) {
    this.#options = options;
    this.#accesses = new AccessAudit({ kind: 'module', id: options.moduleId }, options.audit);
    this.#reader = { moduleId: options.moduleId, books: this.#accesses };
  }

  /** Whether this launch was given that secret, and so has to be told when it changes. */
  holds(secret: string): boolean {
    return this.#accesses.gave(secret);
  }

  readonly getSecret = async ({
    name,
    rotation_id: rotationId,
  }: GetSecretMessage): Promise<{ value: string; version: string }> => {
    const { moduleId, launchId, policy, secrets } = this.#options;
    if (!policy.mayRead(moduleId, name)) {
      this.#accesses.refused(name, 'read');
      throw this.#refused(
        'secret',
        name,
        (message) => new SecretError('ACCESS_DENIED', message, { details: { name } }),
      );
    }
    const options = { reader: launchId, ...(rotationId !== undefined && { rotationId }) };
    const secret = await secrets.get(name, options);
    if (secret === undefined) throw this.#missing(name);
    // At once: a rotation that begins now chooses its participants a turn of the event loop later.
    this.#accesses.granted(name, secret.version);
    return secret;
  };

  readonly openService = async (
    type: ServiceType,
    name: string,
    config: WireJson,
    typedValues: boolean,
    openPipe?: OpenPipe,
  ): Promise<ServiceConnection> => {
    const { moduleId, policy, brokers, secretBroker } = this.#options;
    if (isSameService(type, secretService)) return secretBroker.open(this.#reader);
    const broker = brokers.find(({ serviceType }) => isSameService(serviceType, type));
    // Which services of the user there are is nobody's business who was granted none of them.
    const isGranted = policy.mayOpen(moduleId, type, name);
    if (!isGranted && (broker || typeof type === 'object' || type === 'Jwt')) throw this.#serviceRefused(type, name);
    if (!broker) throw new WireError('PEER_REFUSED', `this orchestrator has no service ${JSON.stringify(type)}`);
    return broker.open({ moduleId, name, config, typedValues, openPipe });
  };

  /** By the grant of the service; that a module names who serves it is only compared. */
  readonly route = async (
    { moduleId: target, endpoint }: RouteTarget,
    params: WireJson,
    options?: ServiceCallOptions,
  ): Promise<WireJson> => {
    const [, service, operation] = /^\/?([^/]+)\/([^/]+)$/.exec(endpoint) ?? [];
    if (service === undefined || operation === undefined)
      throw new WireError('PEER_REFUSED', `'${endpoint}' is no endpoint of a module: write service/operation`);
    const connection = await this.#routedTo(service);
    if (this.#options.policy.serverOf(service) !== target)
      throw new WireError('PEER_REFUSED', `module '${target}' does not serve '${service}'`);
    return connection.call(operation, params, options);
  };

  readonly requestPort = async (specific: number | null, signal?: AbortSignal): Promise<number> => {
    const { ports, launchId } = this.#options;
    const port = await ports.allocate(launchId, specific ?? undefined, signal);
    // It may have been given while the launch ended, after all others were taken back.
    if (this.#isOver) ports.free(launchId);
    else this.#options.onPorts?.();
    return port;
  };

  /** Notes where the module says it listens, which need not be the port it was given. */
  announced(listen: string): void {
    const { ports, launchId, logger } = this.#options;
    const { port } = readIpPort(listen) ?? {};
    // The path of a socket names none.
    if (!port || this.#isOver) return;
    if (ports.record(launchId, port)) return this.#options.onPorts?.();
    logger.warn('the module listens on a port that another launch was given', { listen });
  }

  /** The launch is gone: its ports are free again. */
  end(): void {
    this.#isOver = true;
    this.#options.ports.free(this.#options.launchId);
    for (const open of this.#routed.values()) void open.then((connection) => connection.close()).catch(() => undefined);
  }

  /** One for all such calls, so that what bounds the calls of a connection bounds these. */
  #routedTo(service: string): Promise<ServiceConnection> {
    const open = this.#routed.get(service) ?? this.openService({ Custom: service }, 'default', null, false);
    this.#routed.set(service, open);
    open.catch(() => this.#routed.delete(service));
    return open;
  }

  #missing(name: string): SecretError {
    const places = this.#options.secrets.placesOf(name).join(', ');
    return new SecretError('NOT_FOUND', `there is no secret '${name}': looked for ${places}`, { details: { name } });
  }

  #serviceRefused(type: ServiceType, name: string): Error {
    const details = { name };
    if (type === 'Jwt') return this.#tokensRefused();
    if (typeof type === 'object') {
      const refuse = (message: string) =>
        new ServiceError('ACCESS_DENIED', message, { details: { name: type.Custom } });
      return this.#refused('service', type.Custom, refuse);
    }
    if (type === 'Cache') {
      return this.#refused('cache', name, (message) => new CacheError('ACCESS_DENIED', message, { details }));
    }
    return this.#refused('database', name, (message) => new DatabaseError('ACCESS_DENIED', message, { details }));
  }

  #tokensRefused(): JwtError {
    const { moduleId, logger } = this.#options;
    logger.warn('access refused', { kind: 'jwt' });
    const cure = `write modules.${moduleId}.jwt: true, or verify`;
    return new JwtError('ACCESS_DENIED', `module '${moduleId}' was not granted tokens: ${cure}`);
  }

  #refused(kind: 'secret' | 'cache' | 'database' | 'service', name: string, create: (message: string) => Error): Error {
    const { moduleId, logger } = this.#options;
    logger.warn('access refused', { kind, name });
    return create(
      `module '${moduleId}' was not granted the ${kind} '${name}': list it under modules.${moduleId}.${kind}s`,
    );
  }
}

function isSameService(a: ServiceType, b: ServiceType): boolean {
  return typeof a === 'object' && typeof b === 'object' ? a.Custom === b.Custom : a === b;
}
