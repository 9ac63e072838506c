import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { Deferred, type Logger, messageOf, WireError } from '../../foundation/index.js';
import {
  acceptLink,
  type ChannelKind,
  type ExpectedLink,
  LinkChannel,
  hashOfTicket,
  newTicket,
  newToken,
  type WaitingLink,
  type WireLimits,
} from '../../wire/index.js';
import type { TcpChannelsConfig, TlsFiles } from '../config/channels.js';
import { makePrivate, socketPathIn } from '../control/control-socket.js';
import { SocketWatch } from '../control/socket-watch.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';
import { OrchestratorError } from '../orchestrator-error.js';
import { launchLink, type LaunchLink } from './launch-link.js';
import { createTlsServer } from './tls-server.js';

/** A launch that an orchestrator before began. */
export type AdoptedLaunch = ExpectedLink;

/** Connections that have not yet shown who they are. */
const maxStrangers = 64;

export interface LinkServerOptions {
  readonly stateDirectory: string;
  readonly tcp: TcpChannelsConfig;
  readonly kinds: ReadonlySet<'unix' | 'tcp'>;
  readonly logger: Logger;
  readonly limits: Pick<WireLimits, 'maxLineBytes' | 'maxQueuedBytes'>;
}

/** Listens for the launches that reach the orchestrator over a unix socket or TCP. Whoever starts it closes it. */
export class LinkServer {
  readonly #options: LinkServerOptions;
  readonly #expected = new Map<string, ExpectedLink | WaitingLink>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #watch: SocketWatch | undefined;
  /** Connections that have not shown yet whose they are, oldest first: of each kind its own, so that none fills the other's. */
  readonly #strangers = new Map<ChannelKind, Set<Socket>>();
  #socketPath: string | undefined;
  #tcpAddress: string | undefined;

  constructor(options: LinkServerOptions) {
    this.#options = options;
  }

  /** Rejects with CONFIG_INVALID when an address or a file of `channels` cannot be used. */
  async start(): Promise<void> {
    const { kinds } = this.#options;
    if (kinds.has('unix')) this.#socketPath = await this.#listenOnSocket();
    if (kinds.has('tcp')) this.#tcpAddress = await this.#listenOnPort();
  }

  /** The way in for a launch, open until it is forgotten; undefined for a module that stays on what it inherits. */
  async forLaunch(config: ModuleConfig, launchId: string): Promise<LaunchLink | undefined> {
    if (config.channels.size === 0) return undefined;
    const known = this.#expected.get(launchId);
    const expected = known && 'token' in known ? known : this.#newLink();
    this.#expected.set(launchId, expected);
    return launchLink(config, launchId, expected, {
      socketPath: this.#socketPath,
      tcpAddress: this.#tcpAddress,
      tlsFiles: this.#options.tcp.tls,
    });
  }

  /**
   * Lets a launch of an orchestrator before connect, once, with its ticket; `renew` is given the hash of the new one
   * before anybody has that. Never rejects; open until it is forgotten.
   */
  awaitTicket(
    launch: string,
    ticketHash: string,
    renew: (ticketHash: string) => Promise<void>,
  ): Promise<AdoptedLaunch> {
    const adopted = new Deferred<AdoptedLaunch>();
    let isTaken = false;
    const adopt = async () => {
      if (isTaken) throw new WireError('PEER_REFUSED', 'the ticket has been used');
      isTaken = true;
      const [ticket, expected] = [newTicket(), this.#newLink()];
      await renew(hashOfTicket(ticket));
      if (!this.#expected.has(launch)) throw new WireError('PEER_REFUSED', 'this launch is not waited for any more');
      this.#expected.set(launch, expected);
      adopted.resolve(expected);
      return { ...expected, ticket };
    };
    this.#expected.set(launch, { ticketHash, adopt });
    return adopted.promise;
  }

  /** The launch is over: nobody connects in its name any more. */
  forget(launch: string): void {
    this.#expected.delete(launch);
  }

  async close(): Promise<void> {
    await this.#watch?.close();
    const closing = this.#servers.map((server) => new Promise((done) => server.close(done)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closing);
  }

  #newLink(): ExpectedLink {
    const { maxLineBytes, maxQueuedBytes } = this.#options.limits;
    return { token: newToken(), link: new LinkChannel({ maxMessageBytes: maxLineBytes, maxQueuedBytes }) };
  }

  async #listenOnSocket(): Promise<string> {
    const { stateDirectory } = this.#options;
    const path = socketPathIn(stateDirectory, 'wire.sock');
    const server = createServer((socket) => this.#accept(socket, 'unix'));
    try {
      await makePrivate(dirname(path));
      // The control socket says that no other orchestrator runs here, so this is what a dead one left.
      await rm(path, { force: true });
      await this.#listen(server, { path });
      await chmod(path, 0o600);
      this.#watch = await SocketWatch.start({ server, path, logger: this.#options.logger });
    } catch (error) {
      throw unusable(`the socket ${path}`, error);
    }
    return path;
  }

  async #listenOnPort(): Promise<string> {
    const { listen, tls } = this.#options.tcp;
    try {
      const server = tls ? await this.#tlsServer(tls) : createServer((socket) => this.#accept(socket, 'tcp'));
      await this.#listen(server, listen);
      const { address, family, port } = server.address() as { address: string; family: string; port: number };
      return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
    } catch (error) {
      throw unusable('channels.tcp', error);
    }
  }

  #tlsServer(files: TlsFiles): Promise<Server> {
    return createTlsServer(
      files,
      (socket) => this.#accept(socket, 'tls'),
      (reason, from) => this.#options.logger.warn('a TLS connection of a module was refused', { from, reason }),
    );
  }

  async #listen(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.#options.logger.error('a listener for modules failed', { error }));
    this.#servers.push(server);
  }

  #accept(socket: Socket, kind: ChannelKind): void {
    const { logger } = this.#options;
    const strangers = this.#strangers.get(kind) ?? new Set<Socket>();
    this.#strangers.set(kind, strangers);
    const [oldest] = strangers;
    // Whoever has been silent longest is the least likely to be a module.
    if (strangers.size >= maxStrangers) oldest?.destroy();
    strangers.add(socket);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    acceptLink(socket, kind, { find: (launch) => this.#expected.get(launch) })
      .then(
        ({ launch }) => logger.debug('a module connected', { launch, channel: kind }),
        (error: unknown) => logger.warn('a connection was refused', { channel: kind, reason: messageOf(error) }),
      )
      .finally(() => strangers.delete(socket));
  }
}

function unusable(what: string, error: unknown): OrchestratorError {
  return new OrchestratorError('CONFIG_INVALID', `${what} cannot be used (${messageOf(error)})`, { cause: error });
}
