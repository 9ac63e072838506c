import { didYouMean, type JsonObject, type Logger } from '../foundation/index.js';
import type {
  ServiceBroker,
  ServiceCallOptions,
  ServiceConnection,
  ServiceOpenRequest,
  WireJson,
} from '../wire/index.js';
import { type JwtCall, jwtCalls } from './jwt-calls.js';
import { JwtError } from './jwt-error.js';
import type { JwtIssuer } from './jwt-issuer.js';

export interface JwtBrokerOptions {
  readonly issuer: JwtIssuer;
  /** Whether a module may sign; all who may open a connection may verify. */
  readonly maySign: (moduleId: string) => boolean;
  readonly logger: Logger;
}

/**
 * Serves the orchestrator's tokens to modules of any language: they never see the key. Which module may open a
 * connection is decided before the broker is asked. The issuer stays the caller's.
 */
export class JwtBroker implements ServiceBroker {
  readonly serviceType = 'Jwt';
  readonly operations = Object.keys(jwtCalls);
  readonly #options: JwtBrokerOptions;

  constructor(options: JwtBrokerOptions) {
    this.#options = options;
  }

  async open({ moduleId, typedValues }: ServiceOpenRequest): Promise<ServiceConnection> {
    const { issuer, maySign, logger } = this.#options;
    logger.debug('jwt connection opened', { module: moduleId, key: issuer.description });
    return new BrokeredJwt(issuer, moduleId, maySign(moduleId), typedValues);
  }
}

/** One module's connection. */
class BrokeredJwt implements ServiceConnection {
  readonly info: JsonObject;
  #isClosed = false;

  constructor(
    private readonly issuer: JwtIssuer,
    private readonly moduleId: string,
    private readonly maySign: boolean,
    readonly typedValues: boolean,
  ) {
    this.info = { description: `${issuer.description}${maySign ? '' : ', verify only'}` };
  }

  async call(operation: string, params: WireJson, { signal }: ServiceCallOptions = {}): Promise<WireJson> {
    if (operation === 'close') {
      await this.close();
      return null;
    }
    signal?.throwIfAborted();
    if (this.#isClosed) throw new JwtError('CLOSED', 'this connection to the tokens is closed');
    if (operation === 'generate' && !this.maySign) throw this.#refused();
    const call = callOf(operation);
    return call.result.write(await call.perform(this.issuer, call.params.read(params)), this.typedValues);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #refused(): JwtError {
    const cure = `write modules.${this.moduleId}.jwt: true`;
    return new JwtError('ACCESS_DENIED', `module '${this.moduleId}' may verify tokens but not sign them: ${cure}`);
  }
}

function callOf(operation: string): JwtCall<unknown, unknown> {
  if (Object.hasOwn(jwtCalls, operation))
    return (jwtCalls as unknown as Record<string, JwtCall<unknown, unknown>>)[operation]!;
  const hint = didYouMean(operation, [...Object.keys(jwtCalls), 'close']);
  throw new JwtError('OPERATION', `tokens have no operation '${operation}'${hint}`, { details: { operation } });
}
