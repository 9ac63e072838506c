import { CacheError } from '../cache/index.js';
import { DatabaseError } from '../database/index.js';
import { type JsonValue, type Logger, WireError } from '../foundation/index.js';
import { SecretError, type SecretStore } from '../secrets/index.js';
import type {
  GetSecretMessage,
  ModulePeerHandlers,
  ServiceBroker,
  ServiceConnection,
  ServiceType,
} from '../wire/index.js';
import type { AccessPolicy } from './access-policy.js';
import type { PortAllocator } from './ports/port-allocator.js';

export interface LaunchServicesOptions {
  readonly moduleId: string;
  /** Different for every launch of every module. */
  readonly launchId: string;
  readonly policy: AccessPolicy;
  readonly brokers: readonly ServiceBroker[];
  readonly secrets: SecretStore;
  readonly ports: PortAllocator;
  /** Adds the module's name to every line. */
  readonly logger: Logger;
}

type Handlers = Pick<ModulePeerHandlers, 'getSecret' | 'openService' | 'requestPort'>;

/** What the orchestrator does for one launch of one module: exactly what the module was granted. */
export class LaunchServices implements Handlers {
  readonly #options: LaunchServicesOptions;
  readonly #secretsGiven = new Set<string>();

  constructor(options: LaunchServicesOptions) {
    this.#options = options;
  }

  /** Whether this launch was given that secret, and so has to be told when it changes. */
  holds(secret: string): boolean {
    return this.#secretsGiven.has(secret);
  }

  readonly getSecret = async ({
    name,
    rotation_id: rotationId,
  }: GetSecretMessage): Promise<{ value: string; version: string }> => {
    const { moduleId, launchId, policy, secrets } = this.#options;
    if (!policy.mayRead(moduleId, name)) {
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
    this.#secretsGiven.add(name);
    return secret;
  };

  readonly openService = async (
    type: ServiceType,
    name: string,
    config: JsonValue,
    typedValues: boolean,
  ): Promise<ServiceConnection> => {
    const { moduleId, policy, brokers } = this.#options;
    const broker = brokers.find(({ serviceType }) => serviceType === type);
    if (!broker) throw new WireError('PEER_REFUSED', `this orchestrator has no service ${JSON.stringify(type)}`);
    if (!policy.mayOpen(moduleId, type, name)) throw this.#serviceRefused(type, name);
    return broker.open({ moduleId, name, config, typedValues });
  };

  readonly requestPort = async (specific: number | null): Promise<number> => {
    return this.#options.ports.allocate(this.#options.launchId, specific ?? undefined);
  };

  #missing(name: string): SecretError {
    const places = this.#options.secrets.placesOf(name).join(', ');
    return new SecretError('NOT_FOUND', `there is no secret '${name}': looked for ${places}`, { details: { name } });
  }

  #serviceRefused(type: ServiceType, name: string): Error {
    const details = { name };
    if (type === 'Cache') {
      return this.#refused('cache', name, (message) => new CacheError('ACCESS_DENIED', message, { details }));
    }
    return this.#refused('database', name, (message) => new DatabaseError('ACCESS_DENIED', message, { details }));
  }

  #refused(kind: 'secret' | 'cache' | 'database', name: string, create: (message: string) => Error): Error {
    const { moduleId, logger } = this.#options;
    logger.warn('access refused', { kind, name });
    return create(
      `module '${moduleId}' was not granted the ${kind} '${name}': list it under modules.${moduleId}.${kind}s`,
    );
  }
}
