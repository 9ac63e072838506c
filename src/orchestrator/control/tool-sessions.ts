import type { Duplex } from 'node:stream';
import { DatabaseError } from '../../database/index.js';
import { Deferred, type Logger, type Redactor, settlesWithin, WireError } from '../../foundation/index.js';
import { FrameChannel, ModulePeer, type WireLimits } from '../../wire/index.js';
import type { LaunchServices } from '../launch-services.js';
import { moduleNotFound, OrchestratorError } from '../orchestrator-error.js';

export interface ToolSessionsOptions {
  /** By id. */
  readonly modules: ReadonlyMap<string, unknown>;
  /** What a module may use; the tool gets the databases of it. */
  readonly servicesFor: (moduleId: string, launchId: string, logger: Logger) => LaunchServices;
  readonly limits: WireLimits;
  readonly logger: Logger;
  readonly redactor: Redactor;
}

/** How long a process may stay for others without a word. */
const quietMs = 1_000;

/** Sessions of tools such as `pywatt db`, which reach the databases of a module through the control socket. */
export class ToolSessions {
  readonly #options: ToolSessionsOptions;
  readonly #open = new Map<ModulePeer, Deferred<void>>();
  readonly #begun = new Deferred<void>();
  #isOver = false;
  #count = 0;

  constructor(options: ToolSessionsOptions) {
    this.#options = options;
    this.#begun.promise.catch(() => undefined);
  }

  /**
   * What speaks over a socket as with a module that was granted only the databases of `moduleId`, once they are there.
   * Rejects with MODULE_NOT_FOUND, or NOT_RUNNING when the orchestrator stops.
   */
  async session(moduleId: string): Promise<(socket: Duplex) => void> {
    if (!this.#options.modules.has(moduleId)) throw moduleNotFound(moduleId, this.#options.modules.keys());
    await this.#begun.promise;
    if (this.#isOver) throw stopping();
    return (socket) => this.#serve(moduleId, socket);
  }

  /** What the tools use is there. */
  begin(): void {
    this.#begun.resolve();
  }

  /** Those who come from now on are told that the orchestrator stops. */
  refuse(): void {
    this.#isOver = true;
    this.#begun.reject(stopping());
  }

  /** Resolves when those that are open have ended by themselves. */
  async drain(): Promise<void> {
    this.refuse();
    const left = Promise.all([...this.#open.values()].map(({ promise }) => promise));
    if (!(await settlesWithin(left, quietMs)))
      this.#options.logger.warn('this process ends when the tools are done that work through it', {
        tools: this.#open.size,
      });
    await left;
  }

  /** Ends all of them, which rolls back what they left open. */
  async close(): Promise<void> {
    this.refuse();
    await Promise.all([...this.#open.keys()].map((peer) => peer.close()));
  }

  /** Until either end closes it. */
  #serve(moduleId: string, socket: Duplex): void {
    const { servicesFor, limits, redactor } = this.#options;
    const logger = this.#options.logger.child({ module: moduleId, tool: true });
    this.#count += 1;
    const services = servicesFor(moduleId, `${moduleId}#tool-${this.#count}`, logger);
    const refuse = (what: string) => Promise.reject(new WireError('PEER_REFUSED', `a tool is given no ${what}`));
    const ended = new Deferred<void>();
    const peer = new ModulePeer(new FrameChannel(socket, { kind: 'unix', isOwn: true }), {
      moduleId,
      logger,
      limits,
      redact: (text) => redactor.redact(text),
      handlers: {
        getSecret: () => refuse('secrets'),
        requestPort: () => refuse('ports'),
        openService: (type, ...request) =>
          type === 'Database'
            ? services.openService(type, ...request)
            : Promise.reject(new DatabaseError('ACCESS_DENIED', 'a tool is given databases, and no other services')),
        stray: (text, reason) => logger.warn('a tool sent what is no message', { reason, bytes: text.length }),
        ended: () => {
          services.end();
          // The server that accepted it counts it until then.
          socket.destroy();
          this.#open.delete(peer);
          ended.resolve();
        },
      },
    });
    this.#open.set(peer, ended);
    peer.start({ module_id: moduleId, orchestrator_api: '', env: {}, listen: '127.0.0.1:0' });
  }
}

function stopping(): OrchestratorError {
  return new OrchestratorError('NOT_RUNNING', 'the orchestrator is stopping', { retryable: true });
}
