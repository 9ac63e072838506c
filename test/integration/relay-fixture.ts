import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { type Logger, PyWattError } from '../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import type { Class } from '../../src/container/index.js';
import {
  DatabaseBroker,
  type DirectDatabase,
  type LivePassword,
  type ModuleLimits,
  openRelay,
  openRelayedDatabase,
  openRelayedStream,
} from '../../src/database/index.js';
import { FrameChannel, ModulePeer, ModuleSession, type WireLimits } from '../../src/wire/index.js';

import { postgresUrl } from './postgres-address.js';

export const defaultLimits: ModuleLimits = {
  connections: 10,
  queueLength: 1_000,
  acquireTimeoutMs: 5_000,
  statementTimeoutMs: 0,
  idleInTransactionTimeoutMs: 0,
};

export interface RelayFixtureOptions {
  readonly url?: string;
  readonly password?: string | LivePassword;
  readonly max?: number;
  readonly limits?: Partial<ModuleLimits>;
  readonly wire?: Partial<WireLimits>;
  readonly logger?: Logger;
}

/** A module at its end of a session over a real socket. */
export interface RelayedModule {
  readonly session: ModuleSession;
  /** For `stream` of pg and mysql2. */
  readonly stream: () => ReturnType<typeof openRelayedStream>;
  /** As the module's own code has it. */
  readonly database: (entities?: readonly Class[]) => Promise<DirectDatabase>;
  /** Its socket is cut, as when the process is killed. */
  vanish(): void;
}

/** The broker of one database, and modules that reach it over sessions. */
export class RelayFixture {
  readonly relayed: NonNullable<ReturnType<typeof openRelay>>;
  readonly #broker: DatabaseBroker;
  readonly #logger: Logger;
  readonly #wire: Partial<WireLimits>;
  readonly #ends: Socket[] = [];

  constructor({ url = postgresUrl, password, max = 10, limits = {}, wire = {}, logger }: RelayFixtureOptions = {}) {
    this.#logger = logger ?? createLogger({ level: 'error', redactor: new SecretRedactor() });
    const limitsOf = () => ({ ...defaultLimits, ...limits });
    this.relayed = openRelay({
      name: 'main',
      url,
      ...(password && { password }),
      pool: { max, idleTimeoutMs: 10_000, limitsOf },
      logger: this.#logger,
    })!;
    const unused = () => Promise.reject(new PyWattError('database', 'CONFIGURATION', 'plain operations are not used'));
    this.#broker = new DatabaseBroker(unused, this.#logger, () => this.relayed);
    this.#wire = wire;
  }

  async module(moduleId: string): Promise<RelayedModule> {
    const [near, far] = await socketPair();
    this.#ends.push(near, far);
    const logger = this.#logger;
    const refused = () => Promise.reject(new Error('not used here'));
    const peer = new ModulePeer(new FrameChannel(near, { isOwn: true }), {
      moduleId,
      logger,
      limits: this.#wire,
      handlers: {
        getSecret: refused,
        requestPort: refused,
        openService: (_type, name, config, typedValues, openPipe) =>
          this.#broker.open({ moduleId, name, config, typedValues, openPipe }),
        stray: () => undefined,
        ended: () => undefined,
      },
    });
    const opening = ModuleSession.open(new FrameChannel(far, { isOwn: true }), { logger, limits: this.#wire });
    peer.start({ orchestrator_api: 'relay-test', module_id: moduleId, env: {}, listen: 'auto' });
    const session = await opening;
    session.announce('127.0.0.1:0', []);
    await peer.announced;
    const connection = await session.openService('Database', 'main');
    const openPipe = session.streams!.pipe.bind(session.streams);
    return {
      session,
      stream: () => openRelayedStream({ name: 'main', connection, openPipe }),
      database: (entities = []) =>
        openRelayedDatabase({ name: 'main', engine: this.relayed.engine, connection, openPipe, entities, logger }),
      vanish: () => far.destroy(),
    };
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end.destroy();
    await this.relayed.broker.close();
  }
}

async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const far = connect((server.address() as { port: number }).port, '127.0.0.1').setNoDelay();
  const [near] = await accepted;
  server.close();
  return [near.setNoDelay(), far];
}
