import type { Duplex } from 'node:stream';
import { DatabaseError } from '../../database/index.js';
import { type Logger, type Redactor, WireError } from '../../foundation/index.js';
import { FrameChannel, ModulePeer, type WireLimits } from '../../wire/index.js';
import type { LaunchServices } from '../launch-services.js';
import { moduleNotFound } from '../orchestrator-error.js';

export interface ToolSessionsOptions {
  /** By id. */
  readonly modules: ReadonlyMap<string, unknown>;
  /** What a module may use; the tool gets the databases of it. */
  readonly servicesFor: (moduleId: string, launchId: string, logger: Logger) => LaunchServices;
  readonly limits: WireLimits;
  readonly logger: Logger;
  readonly redactor: Redactor;
}

/** Sessions of tools such as `pywatt db`, which reach the databases of a module through the control socket. */
export class ToolSessions {
  readonly #options: ToolSessionsOptions;
  readonly #open = new Set<ModulePeer>();
  #count = 0;

  constructor(options: ToolSessionsOptions) {
    this.#options = options;
  }

  /** What speaks over a socket as with a module that was granted only the databases of `moduleId`. Throws MODULE_NOT_FOUND. */
  session(moduleId: string): (socket: Duplex) => void {
    if (!this.#options.modules.has(moduleId)) throw moduleNotFound(moduleId, this.#options.modules.keys());
    return (socket) => this.#serve(moduleId, socket);
  }

  /** Ends all of them, which rolls back what they left open. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((peer) => peer.close()));
  }

  /** Until either end closes it. */
  #serve(moduleId: string, socket: Duplex): void {
    const { servicesFor, limits, redactor } = this.#options;
    const logger = this.#options.logger.child({ module: moduleId, tool: true });
    this.#count += 1;
    const services = servicesFor(moduleId, `${moduleId}#tool-${this.#count}`, logger);
    const refuse = (what: string) => Promise.reject(new WireError('PEER_REFUSED', `a tool is given no ${what}`));
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
        },
      },
    });
    this.#open.add(peer);
    peer.start({ module_id: moduleId, orchestrator_api: '', env: {}, listen: '127.0.0.1:0' });
  }
}
