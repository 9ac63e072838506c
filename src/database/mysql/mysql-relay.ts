import { randomInt } from 'node:crypto';
import { messageOf } from '../../foundation/index.js';
import type { Backend, Relay, RelayHost, SessionParameters } from '../relay/relay-engine.js';
import { type Asked, AwaitedAnswers } from './awaited-answers.js';
import {
  errorAnswer,
  isLeftIdle,
  lostLeftover,
  mayComeLater,
  packetTooLarge,
  type Refusal,
  refusal,
} from './error-answer.js';
import { commands, nameOfCommand, relayedCommands } from './mysql-command.js';
import { localGreeting, parseLogin, type RelayedGreeting } from './mysql-handshake.js';
import { commandPacket, integerAt, okPacket, statusFlags } from './mysql-packets.js';
import { MysqlResponse, responseHeadBytes } from './mysql-response.js';
import { MysqlSession } from './mysql-session.js';
import { PacketScanner } from './packet-scanner.js';
import { inspectStatement, statementHeadBytes, type StatementReport } from './statement-guard.js';

export interface MysqlRelayOptions {
  /** The name in the configuration, for messages. */
  readonly name: string;
  /** The database of the grant on the server. */
  readonly database: string;
  /** What the server says of itself. */
  greeting(): Promise<RelayedGreeting>;
}

/** What becomes of the command that is arriving. */
type Verdict = 'forward' | 'drop' | Refusal;

/**
 * The server as the module's driver sees it, and the client as a lent backend sees it. It answers the login itself, without
 * a password, once a backend answered a ping; from then on bytes pass unchanged, and it only watches where commands and
 * responses end and what they do to the session.
 */
export class MysqlRelay implements Relay {
  readonly cancelKey: string;
  readonly #host: RelayHost;
  readonly #options: MysqlRelayOptions;
  readonly #threadId = randomInt(1, 2 ** 32 - 1);
  readonly #session = new MysqlSession();
  #commandScanner = new PacketScanner(statementHeadBytes);
  #responseScanner = new PacketScanner(responseHeadBytes);
  #parameters: SessionParameters | undefined;
  readonly #awaited = new AwaitedAnswers();
  #withheld: Uint8Array[] = [];
  #verdict: Verdict | undefined;
  #responseEnds = false;
  #hasQuit = false;
  #maxPacketBytes = Infinity;
  #isClosed = false;

  constructor(host: RelayHost, options: MysqlRelayOptions) {
    this.#host = host;
    this.#options = options;
    this.cancelKey = String(this.#threadId);
    void this.#greet();
  }

  get isIdle(): boolean {
    return this.isAtRest && !this.#session.mustBeKept;
  }

  get isAtRest(): boolean {
    const isBetweenCommands = this.#hasQuit || !this.#commandScanner.midPacket;
    return isBetweenCommands && this.#awaited.isEmpty && !this.#session.inTransaction;
  }

  get inTransaction(): boolean {
    return this.#session.inTransaction;
  }

  get isRunning(): boolean {
    return this.#awaited.isRunning;
  }

  fromModule(bytes: Uint8Array): void {
    let start = 0;
    this.#commandScanner.scan(bytes, {
      begin: (head, offset, length, sequence) => {
        this.#verdict = this.#isClosed ? 'drop' : this.#judge(head, offset, length, sequence);
      },
      end: (offset, sequence) => {
        this.#pass(bytes.subarray(start, offset));
        start = offset;
        if (typeof this.#verdict === 'object') this.#answer(this.#verdict.answer(sequence + 1));
        this.#verdict = undefined;
      },
    });
    if (start < bytes.length) this.#pass(bytes.subarray(start));
  }

  fromBackend(bytes: Uint8Array): void {
    let start = 0;
    const flush = (offset: number): void => {
      if (offset > start && !this.#isClosed) this.#host.toModule(bytes.subarray(start, offset));
      start = offset;
    };
    this.#responseScanner.scan(bytes, {
      begin: (head, offset, length) => {
        const { asked } = this.#awaited;
        // Unasked, a server only says why it is about to close, which whoever holds the socket sees.
        this.#responseEnds = asked?.response.next(head, offset, length) ?? false;
        if (asked?.response.invalid) this.#close('the server sent what no command was answered with');
      },
      end: (offset) => {
        const { asked } = this.#awaited;
        if (asked === undefined) start = offset;
        else if (this.#responseEnds) {
          if (asked.own !== undefined) start = offset;
          this.#awaited.settle();
          if (this.#awaited.askedByDriver === undefined) flush(offset);
          this.#settle(asked);
          this.#sendLocals();
        }
      },
    });
    if (this.#awaited.askedByDriver !== undefined) flush(bytes.length);
  }

  attached(isFresh: boolean, { maxPacketBytes = Infinity }: Pick<Backend, 'maxPacketBytes'>): void {
    this.#maxPacketBytes = maxPacketBytes;
    if (!isFresh) this.#session.loseLeftovers();
  }

  /** A server says so of a packet, too, but closes the connection with it, so that what is still written to it wins. */
  lost(): void {
    const isTooLarge = this.#commandScanner.announcedBytes >= this.#maxPacketBytes;
    const { askedByDriver } = this.#awaited;
    if (!isTooLarge || askedByDriver === undefined || askedByDriver.response.begun) return;
    this.#host.toModule(packetTooLarge(this.#commandScanner.sequence + 1));
  }

  detached(): void {
    this.#session.loseLeftovers();
  }

  fail(error: Error): void {
    const isMidCommand = this.#commandScanner.midPacket && this.#verdict === 'forward';
    if (this.#isClosed) return;
    if (this.#awaited.isOwn(this.#acceptLogin)) {
      this.#refuseLogin(error);
    } else if (this.#awaited.hasBegun || isMidCommand || (this.#session.mustBeKept && !mayComeLater(error))) {
      if (isLeftIdle(error)) this.#host.toModule(errorAnswer(0, error));
      this.#close(messageOf(error));
    } else if (mayComeLater(error)) {
      // No backend came in time: each command fails by itself, has left nothing, and the connection stays usable.
      this.#session.forgetUnsent();
      this.#awaited.failAll(errorAnswer(1, error));
      this.#responseScanner = new PacketScanner(responseHeadBytes);
      queueMicrotask(() => this.#sendLocals());
    } else if (this.#awaited.isDriverWaiting) {
      this.#close(messageOf(error));
    } else {
      this.#awaited.clear();
      this.#responseScanner = new PacketScanner(responseHeadBytes);
    }
  }

  async #greet(): Promise<void> {
    try {
      const greeting = await this.#options.greeting();
      this.#session.beginIn(greeting.sqlMode);
      if (!this.#isClosed) this.#host.toModule(localGreeting(greeting, this.#threadId));
    } catch (error) {
      if (this.#isClosed) return;
      this.#host.toModule(errorAnswer(0, error));
      this.#close(messageOf(error));
    }
  }

  #judge(head: Uint8Array, offset: number, length: number, sequence: number): Verdict {
    const available = Math.min(length, head.length - offset, statementHeadBytes);
    if (this.#parameters === undefined) return this.#login(head.subarray(offset, offset + available));
    const command = length === 0 ? -1 : (head[offset] ?? -1);
    if (sequence !== 0 || command === -1 || this.#awaited.isFull) {
      this.#close('the driver sent what is no command of the protocol');
      return 'drop';
    }
    if (command === commands.quit) {
      this.#hasQuit = true;
      this.#close();
      return 'drop';
    }
    const kind = relayedCommands.get(command);
    if (kind === undefined) return refusal(1227, `${nameOfCommand(command)} is refused through the orchestrator`);
    let report: StatementReport | undefined;
    if (command === commands.query || command === commands.prepare) {
      const inspected = this.#inspect(command, head.subarray(offset + 1, offset + available));
      if ('answer' in inspected) return inspected;
      report = inspected;
    } else if (command === commands.execute) report = this.#session.prepared(integerAt(head, offset + 1, 4));
    // One that is only prepared asks when it is executed.
    if (command !== commands.prepare && this.#session.hasLost(report?.asksFor))
      return lostLeftover(this.#options.name, report?.asksFor);
    if (command === commands.resetConnection) this.#session.keep();
    if (command === commands.closeStatement) return this.#closeStatement(head, offset);
    if (kind !== 'none') this.#awaited.ask({ response: new MysqlResponse(kind), command, report });
    return 'forward';
  }

  /** What is known of the statement, or what is answered in its place. */
  #inspect(command: number, text: Uint8Array): StatementReport | Refusal {
    const sql = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1');
    const report = inspectStatement(sql, this.#session.quoting);
    if (report.refused !== undefined) return refusal(1227, `database '${this.#options.name}': ${report.refused}`);
    if (report.killed !== undefined) {
      if (command === commands.prepare) return refusal(1295, 'KILL QUERY cannot be prepared');
      if (!this.#host.cancel(report.killed)) return refusal(1094, `Unknown thread id: ${report.killed}`, 'HY000');
      return { answer: (sequence) => okPacket(sequence, this.#session.status) };
    }
    if (command !== commands.query || !this.#session.hasLost(report.asksFor)) this.#session.willRun(report);
    return report;
  }

  /** Has no answer; when it was the last statement, a ping shows when the backend is through with it. */
  #closeStatement(head: Uint8Array, offset: number): Verdict {
    if (!this.#session.closeStatement(integerAt(head, offset + 1, 4))) return 'drop';
    if (!this.#session.mustBeKept) queueMicrotask(() => this.#ping(() => {}));
    return 'forward';
  }

  #login(payload: Uint8Array): Verdict {
    const login = parseLogin(Buffer.from(payload));
    if (typeof login === 'string') return this.#refuseParameters(login);
    if (login.database !== '' && login.database !== this.#options.database)
      return this.#refuseParameters(`its database cannot be chosen: leave '${login.database}' out of the options`);
    this.#parameters = login.parameters;
    this.#ping(this.#acceptLogin);
    return 'drop';
  }

  readonly #acceptLogin = (response: MysqlResponse): void => {
    if (response.failed) this.#refuseLogin(new Error('the server refused a ping'));
    else this.#host.toModule(okPacket(2, statusFlags.autocommit));
  };

  #refuseParameters(reason: string): Verdict {
    queueMicrotask(() => this.#close(reason));
    return refusal(1105, `database '${this.#options.name}': ${reason}`, 'HY000');
  }

  #refuseLogin(error: unknown): void {
    this.#host.toModule(errorAnswer(2, error));
    this.#close(messageOf(error));
  }

  #ping(own: (response: MysqlResponse) => void): void {
    if (this.#isClosed || this.#parameters === undefined) return;
    this.#awaited.ask({ response: new MysqlResponse('single'), command: commands.ping, own });
    this.#host.toBackend(commandPacket(commands.ping), this.#parameters);
  }

  #pass(bytes: Uint8Array): void {
    if (this.#verdict === undefined) {
      this.#withheld.push(bytes);
      return;
    }
    const parts = this.#withheld;
    this.#withheld = [];
    if (this.#verdict !== 'forward' || this.#parameters === undefined) return;
    for (const part of [...parts, bytes]) this.#host.toBackend(part, this.#parameters);
  }

  #settle({ response, command, report, own }: Asked): void {
    this.#session.hasRun(command, response, report);
    own?.(response);
    // An error says nothing of the transaction: a deadlock ended it, a procedure may have begun one.
    if (response.failed && own === undefined) this.#ping(() => {});
  }

  /** Never within the driver's own write: it is not yet ready for the answer then. */
  #answer(local: Uint8Array): void {
    this.#awaited.answer(local);
    queueMicrotask(() => this.#sendLocals());
  }

  #sendLocals(): void {
    for (const local of this.#awaited.takeLocals()) if (!this.#isClosed) this.#host.toModule(local);
  }

  #close(reason?: string): void {
    if (this.#isClosed) return;
    this.#sendLocals();
    this.#isClosed = true;
    this.#host.close(reason);
  }
}
