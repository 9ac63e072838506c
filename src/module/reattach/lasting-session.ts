import { type Logger, messageOf, WireError } from '../../foundation/index.js';
import {
  type ChannelEnd,
  describeEnd,
  type InitMessage,
  type LinkChannel,
  type LinkDialer,
  ModuleSession,
  type ModuleSessionHandlers,
  type ModuleSessionOptions,
  type ServiceCallOptions,
  type ServiceConnection,
  type ServiceType,
} from '../../wire/index.js';
import { openLink } from '../open-link.js';
import type { OrchestratorSession, SessionHandlers } from '../orchestrator-session.js';
import { Attachment } from './attachment.js';
import { LastingConnection } from './lasting-connection.js';

/** Quick enough to be there soon after a new orchestrator is. */
const backoff = { initialMs: 100, maxMs: 1_000 };

/**
 * The session of a module that outlives its orchestrator. When that is gone, the module looks for a new one at the same
 * addresses for as long as its init line says, and shows it the ticket of its launch. Then it goes on there: calls that
 * were under way fail, connections are opened again, and the module announces itself again. What the first init line
 * said of its resources and settings holds; a launch whose configuration has changed is not taken over.
 */
export class LastingSession implements OrchestratorSession {
  readonly init: InitMessage;
  readonly #options: ModuleSessionOptions;
  readonly #attachment: Attachment;
  readonly #connections = new Set<LastingConnection>();
  #dialer: LinkDialer | undefined;
  #handlers: SessionHandlers | undefined;
  #announcement: Parameters<ModuleSession['announce']> | undefined;
  /** How many orchestrators there were. */
  #orchestrators = 1;
  /** Which of them has taken the module over to the end. */
  #attached = 1;
  #end: ChannelEnd | undefined;

  private constructor(session: ModuleSession, options: ModuleSessionOptions) {
    this.init = session.init;
    this.#options = options;
    this.#attachment = new Attachment(session);
  }

  /** Carries `session` on over the link of its init line; the session itself when that does not work and need not. */
  static async open(session: ModuleSession, options: ModuleSessionOptions): Promise<OrchestratorSession> {
    const lasting = new LastingSession(session, options);
    const { ticket = '', wait_ms: waitMs = 0 } = session.init.link?.reattach ?? {};
    const dialer = await openLink(session.init, options.logger, {
      reattach: { ticket, adopt: (renewed) => lasting.#adopt(renewed) },
      onChange: (isConnected) => lasting.#connectionChanged(isConnected),
      channel: { lostAfterMs: waitMs },
      backoff,
    });
    if (!dialer) return session;
    lasting.#dialer = dialer;
    session.moveTo(dialer.link);
    return lasting;
  }

  get extensions(): boolean {
    return this.#attachment.session.extensions;
  }

  get streams(): ModuleSession['streams'] {
    return this.#attachment.session.streams;
  }

  serve(handlers: SessionHandlers): void {
    this.#handlers = handlers;
    if (this.#end) return handlers.ended(this.#end);
    this.#attachment.session.serve(this.#handlersOf(this.#orchestrators, handlers));
  }

  announce(...announcement: Parameters<ModuleSession['announce']>): void {
    this.#announcement = announcement;
    // While there is none it is announced to the next one.
    this.#attachment.present?.announce(...announcement);
  }

  getSecret(...[name, options = {}]: Parameters<ModuleSession['getSecret']>): ReturnType<ModuleSession['getSecret']> {
    const { timeoutMs = 5_000 } = options;
    return this.#attachment.call(`secret '${name}'`, { timeoutMs }, (session, leftMs) =>
      session.getSecret(name, { ...options, timeoutMs: leftMs }),
    );
  }

  requestPort(specific: number | null, options: ServiceCallOptions = {}): Promise<number> {
    return this.#attachment.call('port request', options, (session, timeoutMs) =>
      session.requestPort(specific, { ...options, timeoutMs }),
    );
  }

  async openService(type: ServiceType, name: string, timeoutMs?: number): Promise<ServiceConnection> {
    const what = `opening '${name}'`;
    return this.#attachment.call(what, { timeoutMs }, async (session, leftMs) => {
      const connection = await session.openService(type, name, leftMs);
      const onClose = (closed: LastingConnection) => this.#connections.delete(closed);
      const lasting = new LastingConnection(this.#attachment, { type, name, session, connection, onClose });
      this.#connections.add(lasting);
      return lasting;
    });
  }

  async close(): Promise<void> {
    await this.#attachment.session.close();
    this.#attachment.end(new WireError('CHANNEL_CLOSED', 'the module has closed its session'));
    await this.#dialer?.link.close();
  }

  get #logger(): Logger {
    return this.#options.logger;
  }

  /** Of the orchestrator of that number; what happens to one that was replaced concerns nobody. */
  #handlersOf(orchestrator: number, handlers: SessionHandlers): ModuleSessionHandlers {
    const isCurrent = () => orchestrator === this.#orchestrators;
    return {
      ...handlers,
      ended: (end) => {
        if (isCurrent()) this.#over(end);
      },
      silent: (missed) => {
        if (!isCurrent()) return;
        this.#logger.warn(`the orchestrator left ${missed} heartbeats unanswered; the module looks for it again`);
        this.#dialer?.redial();
      },
    };
  }

  #connectionChanged(isConnected: boolean): void {
    const { session } = this.#attachment;
    if (!isConnected) {
      session.unwatchOrchestrator();
      return this.#attachment.lost();
    }
    if (this.#attached !== this.#orchestrators) return;
    this.#attachment.restored();
    if (this.#announcement) session.watchOrchestrator();
  }

  /** A new orchestrator has taken the ticket. What it sends follows at once, so its session is opened first. */
  #adopt(renewed: { readonly token: string; readonly ticket: string }): LinkChannel {
    if (this.#end || !this.#dialer) throw new WireError('CHANNEL_CLOSED', 'the module is stopping');
    const dialer = this.#dialer.next(renewed);
    this.#dialer = dialer;
    this.#orchestrators += 1;
    const orchestrator = this.#orchestrators;
    this.#attachment.lost();
    ModuleSession.open(dialer.link, this.#options)
      .then((session) => this.#attach(session, orchestrator))
      .catch((error: unknown) => {
        if (orchestrator !== this.#orchestrators) return;
        dialer.link.fail(error instanceof Error ? error : new Error(messageOf(error)));
        this.#over({ reason: 'failed', error: new Error(messageOf(error), { cause: error }) });
      });
    return dialer.link;
  }

  async #attach(session: ModuleSession, orchestrator: number): Promise<void> {
    const isCurrent = () => orchestrator === this.#orchestrators && !this.#end;
    if (this.#handlers) session.serve(this.#handlersOf(orchestrator, this.#handlers));
    // Before any call is let go on, so that none finds its connection closed.
    await Promise.all([...this.#connections].map((connection) => this.#reopen(connection, session)));
    if (!isCurrent()) return;
    this.#attached = orchestrator;
    this.#attachment.restored(session);
    this.#logger.info('a new orchestrator has taken the module over');
    await this.#handlers?.reattached?.();
    if (isCurrent() && this.#announcement) session.announce(...this.#announcement);
  }

  async #reopen(connection: LastingConnection, session: ModuleSession): Promise<void> {
    try {
      await connection.reopen(session);
    } catch (error) {
      this.#logger.warn('a connection to a service could not be opened again; the next call tries', { error });
    }
  }

  #over(end: ChannelEnd): void {
    if (this.#end) return;
    this.#end = end;
    const message = `the orchestrator is gone (${describeEnd(end)})`;
    this.#attachment.end(new WireError('CHANNEL_CLOSED', message, { retryable: true }));
    this.#handlers?.ended(end);
  }
}
