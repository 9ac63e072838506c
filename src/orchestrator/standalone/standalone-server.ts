import { createServer, type Server, type Socket } from 'node:net';
import {
  type CredentialUser,
  Deferred,
  type Logger,
  longestTimerMs,
  messageOf,
  type PreparedCredential,
  type Redactor,
  WireError,
} from '../../foundation/index.js';
import type { SecretBroker, SecretStore } from '../../secrets/index.js';
import { acceptLink, LinkChannel, ModulePeer, type WireLimits } from '../../wire/index.js';
import { AccessAudit } from '../audit/access-audit.js';
import type { AuditEvent } from '../audit/audit-entry.js';
import type { StandaloneConfig } from '../config/standalone-config.js';
import { createTlsServer } from '../links/tls-server.js';
import { OrchestratorError } from '../orchestrator-error.js';
import type { PreviousValues } from '../rotations/previous-values.js';
import { FailedTries } from './failed-tries.js';
import { standaloneHandlers } from './standalone-handlers.js';

/** Connections that have not yet shown that they know the token. */
const maxStrangers = 32;
const maxSessions = 256;
const shortestToken = 16;
/** How many runs of processes are remembered, so that what each was given is recorded once. */
const mostRuns = 1_000;
/** `standalone:<run>_<session>`; those of older versions have a run for each session. */
const launchName = /^standalone:([\w-]{1,64}?)(?:_\d{1,9})?$/;

export interface StandaloneServerOptions {
  readonly config: StandaloneConfig;
  readonly store: SecretStore;
  readonly broker: SecretBroker;
  readonly limits: WireLimits;
  /** Tokens that were replaced before it starts and are still accepted. */
  readonly previous: Pick<PreviousValues, 'of'>;
  readonly audit: (event: AuditEvent) => void;
  readonly logger: Logger;
  readonly redactor: Redactor;
}

interface Session {
  readonly link: LinkChannel;
  readonly peer: ModulePeer;
  /** The one it was opened with. */
  readonly token: string;
  readonly ended: Deferred<void>;
}

/**
 * Gives secrets to processes that the orchestrator did not start, over TCP or TLS, to those that prove they know the token.
 * The token itself is never sent. Whoever starts it closes it.
 */
export class StandaloneServer {
  readonly #options: StandaloneServerOptions;
  readonly #sessions = new Map<string, Session>();
  /** By run and address. */
  readonly #accesses = new Map<string, AccessAudit>();
  /** Tokens of before, oldest first, that are accepted until the overlap of their rotation, or of a later one, is over. */
  readonly #retiring = new Set<{ readonly token: string }>();
  #inForce: string | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #tries = new FailedTries();
  #server: Server | undefined;
  #strangers = 0;

  private constructor(options: StandaloneServerOptions) {
    this.#options = options;
  }

  /** Rejects with CONFIG_INVALID when the address, a file or the token cannot be used. */
  static async start(options: StandaloneServerOptions): Promise<StandaloneServer> {
    const standalone = new StandaloneServer(options);
    try {
      await standalone.#token();
      standalone.#takeOver();
      await standalone.#listen();
    } catch (error) {
      throw new OrchestratorError('CONFIG_INVALID', `standalone cannot be used: ${messageOf(error)}`, { cause: error });
    }
    options.logger.info('secrets are given to processes of their own', { address: standalone.address });
    return standalone;
  }

  /** `host:port`. */
  get address(): string {
    const { address, family, port } = this.#server!.address() as { address: string; family: string; port: number };
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** By which the old token is accepted until the overlap of its rotation is over, which ends the sessions opened with it. */
  get credentialUser(): CredentialUser {
    const { tokenSecret: secret } = this.#options.config;
    return { name: 'standalone', secret, prepare: (token) => this.#prepare(token) };
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => (this.#server ? this.#server.close(done) : done(undefined)));
    await Promise.all([...this.#sessions.values()].map(({ peer }) => peer.close()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** The one in force now, so that a rotated token counts for the next connection. */
  async #token(): Promise<string> {
    const { store, config } = this.#options;
    const name = config.tokenSecret;
    const token = (await store.get(name))?.value;
    if (token === undefined) throw new Error(`there is no secret '${name}' for its token`);
    checkToken(name, token);
    this.#inForce = token;
    return token;
  }

  /** The tokens of before, with what is left of their overlaps. */
  #takeOver(): void {
    const { previous, config } = this.#options;
    for (const { value, until } of previous.of(config.tokenSecret).toReversed()) {
      const before = { token: value };
      this.#retiring.add(before);
      setTimeout(() => this.#end(before), Math.min(until - Date.now(), longestTimerMs)).unref();
    }
  }

  async #prepare(token: string): Promise<PreparedCredential> {
    checkToken(this.#options.config.tokenSecret, token);
    const before = { token: this.#inForce ?? token };
    return {
      activate: () => {
        this.#retiring.add(before);
        this.#inForce = token;
      },
      retire: (overlap) => this.#retire(before, overlap),
      abandon: async () => {
        if (this.#retiring.delete(before)) this.#inForce = before.token;
      },
    };
  }

  /** Resolves when no session is left that was opened with it by now; others may follow until the overlap is over. */
  async #retire(before: { readonly token: string }, overlap: AbortSignal | undefined): Promise<void> {
    const end = () => this.#end(before);
    if (!overlap || overlap.aborted) end();
    else overlap.addEventListener('abort', end, { once: true });
    const opened = [...this.#sessions.values()].filter((session) => session.token === before.token);
    await Promise.all(opened.map((session) => session.ended.promise));
  }

  /** It is accepted no more, nor are those before it: a rotation without an overlap leaves nothing but the new token. */
  #end(before: { readonly token: string }): void {
    for (const each of this.#retiring.has(before) ? [...this.#retiring] : []) {
      this.#retiring.delete(each);
      if (each === before) break;
    }
    const over = [...this.#sessions.values()].filter((session) => !this.#accepted.includes(session.token));
    void Promise.allSettled(over.map(({ peer }) => peer.close()));
  }

  get #accepted(): readonly (string | undefined)[] {
    return [this.#inForce, ...[...this.#retiring].map(({ token }) => token)];
  }

  async #listen(): Promise<void> {
    const { listen, tls } = this.#options.config;
    const refused = (reason: string, from: string | undefined) =>
      this.#options.logger.warn('a TLS connection to standalone was refused', { from, reason });
    const accept = (socket: Socket) => void this.#accept(socket, tls ? 'tls' : 'tcp');
    const server = tls ? await createTlsServer(tls, accept, refused) : createServer(accept);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(listen, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.#options.logger.error('the listener for standalone failed', { error }));
    this.#server = server;
  }

  async #accept(socket: Socket, kind: 'tcp' | 'tls'): Promise<void> {
    const { logger } = this.#options;
    const from = socket.remoteAddress ?? 'unknown';
    socket.on('error', () => undefined);
    if (this.#strangers >= maxStrangers || this.#sessions.size >= maxSessions || this.#tries.isBlocked(from))
      return void socket.destroy();
    this.#strangers += 1;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const { maxLineBytes: maxMessageBytes, maxQueuedBytes } = this.#options.limits;
    const fresh = new LinkChannel({ maxMessageBytes, maxQueuedBytes });
    try {
      const inForce = await this.#token();
      const alsoTokens = [...this.#retiring].map(({ token }) => token).filter((token) => token !== inForce);
      const find = (launch: string) =>
        launchName.test(launch)
          ? { token: inForce, alsoTokens, link: this.#sessions.get(launch)?.link ?? fresh }
          : undefined;
      const { launch, token } = await acceptLink(socket, kind, { find });
      if (fresh.isConnected) this.#serve(launch, { link: fresh, token }, from);
    } catch (error) {
      // Also who gave up in the middle: it may have wanted what the challenge shows.
      this.#tries.failed(from);
      logger.warn('a process that asked for secrets was refused', { from, reason: reasonOf(error) });
      socket.destroy();
    } finally {
      this.#strangers -= 1;
    }
  }

  #serve(launch: string, { link, token }: Pick<Session, 'link' | 'token'>, from: string): void {
    const { limits, redactor } = this.#options;
    const logger = this.#options.logger.child({ process: launch, from });
    const run = launchName.exec(launch)![1]!;
    const accesses = this.#accessesOf(run, from);
    const ended = new Deferred<void>();
    const peer = new ModulePeer(link, {
      moduleId: 'standalone',
      logger,
      limits,
      redact: (text) => redactor.redact(text),
      handlers: standaloneHandlers({ ...this.#options, id: run, accesses, logger }, () => {
        this.#sessions.delete(launch);
        ended.resolve();
      }),
    });
    this.#sessions.set(launch, { link, peer, token, ended });
    logger.info('a process that was not started here is given secrets');
    peer.start({ module_id: 'standalone', orchestrator_api: '', env: {}, listen: '127.0.0.1:0' });
  }

  /** Of a run whose sessions were lost and opened again they are the same. */
  #accessesOf(run: string, from: string): AccessAudit {
    const key = `${run} ${from}`;
    const accesses =
      this.#accesses.get(key) ?? new AccessAudit({ kind: 'process', id: run, from }, this.#options.audit);
    this.#accesses.delete(key);
    this.#accesses.set(key, accesses);
    const [oldest] = this.#accesses.keys();
    if (this.#accesses.size > mostRuns && oldest !== undefined) this.#accesses.delete(oldest);
    return accesses;
  }
}

/** Who finds that the orchestrator has not its token says nothing more. */
function reasonOf(error: unknown): string {
  const hasLeft = WireError.is(error) && error.code === 'CHANNEL_CLOSED';
  return hasLeft ? 'it left in the handshake: its token may be another one' : messageOf(error);
}

function checkToken(name: string, token: string): void {
  if (token.length < shortestToken)
    throw new Error(`the secret '${name}' is too short for a token: at least ${shortestToken} characters`);
}
