import { randomInt } from 'node:crypto';
import { messageOf } from '../../foundation/index.js';
import { LoginFailure } from '../relay/login-failure.js';
import type { Backend, Relay, RelayHost, SessionParameters } from '../relay/relay-engine.js';
import { type FrameVerdict, FrameWalker } from './frame-walker.js';
import {
  backendKey,
  type ErrorFields,
  errorResponse,
  frameType,
  loginAnswer,
  readyFor,
  readyWhenIdle,
  sync,
} from './postgres-frames.js';
import { PostgresExchange } from './postgres-exchange.js';
import { sessionParametersOf } from './startup-parameters.js';
import { sqlStateOf } from './sql-state.js';
import { StartupReader } from './startup-reader.js';
import { scanStatements, sequenceIsLost } from './statement-scan.js';
import { StatementText } from './statement-text.js';

export interface PostgresRelayOptions {
  readonly name: string;
  /** What the server said of a session with these parameters when it began. */
  readonly settingsOf: (parameters: SessionParameters) => Iterable<readonly [string, string]>;
}

const letters = ['Q', 'P', 'B', 'D', 'E', 'S', 'H', 'C', 'd', 'c', 'f', 'X', 'Z', 's', 'I'] as const;
const types = Object.fromEntries(letters.map((letter) => [letter, frameType(letter)])) as Readonly<
  Record<(typeof letters)[number], number>
>;

interface RefusalOptions {
  readonly reason?: string;
  readonly others?: ErrorFields['others'];
}

type Phase = 'startup' | 'login' | 'open' | 'over';

/** One virtual connection that speaks PostgreSQL's protocol, version 3, after RelayEngine. */
export class PostgresRelay implements Relay {
  readonly cancelKey: string;
  readonly #host: RelayHost;
  readonly #options: PostgresRelayOptions;
  readonly #secret = randomInt(-(2 ** 31), 2 ** 31 - 1);
  /** Of the backend, as the driver was told. */
  #processId = 0;
  readonly #fromModule: FrameWalker;
  readonly #fromBackend: FrameWalker;
  #phase: Phase = 'startup';
  readonly #startup: StartupReader;
  #parameters: SessionParameters = {};
  readonly #exchange = new PostgresExchange();
  /** After an error of ours nothing counts until the next Sync. */
  #skipsToSync = false;
  #keepsState = false;
  /** Nothing was asked since another had the session. */
  #isNew = false;
  #hasQuit = false;
  /** The frame that is looked at. */
  #type = 0;
  #answerType = 0;
  readonly #text = new StatementText();

  constructor(host: RelayHost, options: PostgresRelayOptions) {
    this.#host = host;
    this.#options = options;
    // The number of the process changes with the backend.
    this.cancelKey = String(this.#secret);
    this.#startup = new StartupReader({
      started: (asked) => this.#start(asked),
      cancelled: (secret) => {
        this.#phase = 'over';
        host.cancel(String(secret));
        host.close();
      },
      refused: () => this.#toModule(Buffer.from('N')),
      broken: (what) => this.#protocolError(what),
    });
    this.#fromModule = new FrameWalker({
      begin: (type, bodyBytes) => this.#begin(type, bodyBytes),
      part: (bytes) => this.#text.add(bytes),
      end: () => this.#isPassed(),
      pass: (bytes) => this.#toBackend(bytes),
    });
    this.#fromBackend = new FrameWalker({
      unseen: frameType('D'),
      begin: (type, bodyBytes) => this.#beginAnswer(type, bodyBytes),
      part: (bytes) => void (this.#exchange.status = String.fromCharCode(bytes[0]!)),
      end: () => this.#isAnswerPassed(),
      pass: (bytes) => this.#toModule(bytes),
    });
  }

  get isIdle(): boolean {
    return this.isAtRest && !this.#keepsState;
  }

  get isAtRest(): boolean {
    const isOpen = this.#hasQuit || (this.#phase === 'open' && this.#fromModule.isBetweenFrames);
    return isOpen && this.#exchange.isAtRest && this.#fromBackend.isBetweenFrames;
  }

  get inTransaction(): boolean {
    return this.#exchange.inTransaction;
  }

  get isRunning(): boolean {
    return this.#exchange.isRunning;
  }

  fromModule(bytes: Uint8Array): void {
    if (this.#phase === 'over') return;
    if (this.#phase !== 'startup') return this.#walk(bytes);
    const rest = this.#startup.push(bytes);
    if (rest.byteLength > 0) this.fromModule(rest);
  }

  fromBackend(bytes: Uint8Array): void {
    if (this.#phase === 'over') return;
    try {
      this.#fromBackend.push(bytes);
    } catch (error) {
      this.#protocolError(`the server sent ${messageOf(error)}`);
    }
  }

  attached(_isFresh: boolean, { processId = 0 }: Pick<Backend, 'processId'>): void {
    if (processId === this.#processId) return;
    this.#processId = processId;
    if (this.#phase === 'open') this.#toModule(backendKey(processId, this.#secret));
  }

  detached(): void {
    this.#isNew = true;
  }

  fail(error: Error): void {
    if (this.#phase === 'over') return;
    const sqlState = sqlStateOf(error);
    // Whoever shows it says which database it is.
    const reason = messageOf(error).replace(/^database '[^']*': /, '');
    const { told: message = reason, fields: others = {} } = error instanceof LoginFailure ? error : {};
    if (this.#phase !== 'open') return this.#refuse(sqlState, message, { reason, others });
    const severity = this.#exchange.isAwaited ? 'ERROR' : 'FATAL';
    this.#toModule(errorResponse({ severity, sqlState, message, others }));
    const { unanswered, isUnsynced } = this.#exchange.abandon();
    for (let left = unanswered; left > 0; left -= 1) this.#toModule(readyWhenIdle);
    this.#skipsToSync = isUnsynced;
  }

  #start(asked: SessionParameters): void {
    try {
      this.#parameters = sessionParametersOf(asked);
    } catch (error) {
      return this.#refuse(sqlStateOf(error), messageOf(error));
    }
    this.#phase = 'login';
    // Its answer says that there is a backend; a driver whose login succeeded expects that.
    this.#exchange.queried();
    this.#host.toBackend(sync, this.#parameters);
  }

  #walk(bytes: Uint8Array): void {
    try {
      this.#fromModule.push(bytes);
    } catch (error) {
      this.#protocolError(messageOf(error));
    }
  }

  #begin(type: number, bodyBytes: number): FrameVerdict {
    this.#type = type;
    if (this.#phase === 'over') return 'drop';
    switch (type) {
      case types.X:
        this.#hasQuit = this.#phase === 'open';
        this.#phase = 'over';
        this.#host.close();
        return 'drop';
      case types.Q:
      case types.P:
        this.#text.clear();
        return 'hold';
      case types.S:
        if (bodyBytes !== 0) break;
        if (this.#skipsToSync) return this.#endSkipping();
        this.#exchange.synced();
        return 'pass';
      case types.E:
        if (!this.#skipsToSync) this.#exchange.executing();
        return this.#extended();
      case types.B:
      case types.D:
      case types.C:
      case types.H:
        return this.#extended();
      case types.d:
      case types.c:
      case types.f:
        return this.#skipsToSync ? 'drop' : 'pass';
    }
    this.#protocolError(`a message of the type '${String.fromCharCode(type)}'`);
    return 'drop';
  }

  #extended(): FrameVerdict {
    if (this.#skipsToSync) return 'drop';
    this.#exchange.extended();
    return 'pass';
  }

  #endSkipping(): FrameVerdict {
    this.#skipsToSync = false;
    this.#toModule(readyWhenIdle);
    return 'drop';
  }

  /** At the end of a Query or Parse. */
  #isPassed(): boolean {
    if (this.#type !== types.Q && this.#type !== types.P) return true;
    const isParse = this.#type === types.P;
    if (this.#skipsToSync && isParse) return false;
    const { sql, isNamed, isWhole } = this.#text.take(isParse);
    const { refusal, keepsState, clearsState, readsSequence } = scanStatements(sql);
    if (refusal !== undefined) {
      const why = 'is not allowed over a proxied connection: the module has the rights of its grant only';
      return this.#refuseStatement('42501', `${refusal} ${why}`, isParse);
    }
    // A named statement stays in the session, and so may what was not looked at.
    if (keepsState || isNamed || !isWhole) this.#keepsState = true;
    else if (clearsState) this.#keepsState = false;
    if (readsSequence && this.#isNew) return this.#refuseStatement('55000', sequenceIsLost, isParse);
    this.#isNew = false;
    this.#skipsToSync = false;
    if (isParse) this.#exchange.extended();
    else this.#exchange.queried();
    return true;
  }

  #refuseStatement(sqlState: string, message: string, isParse: boolean): boolean {
    // What the backend still owes would come after our answer, and a frame that was too long to hold is half there.
    const isInOrder = !this.#exchange.isAwaited && !this.#text.isTooLong;
    if (!isInOrder) {
      this.#refuse(sqlState, message);
      return false;
    }
    this.#toModule(errorResponse({ severity: 'ERROR', sqlState, message }));
    if (isParse) this.#skipsToSync = true;
    else this.#toModule(readyFor(this.#exchange.status));
    return false;
  }

  #beginAnswer(type: number, bodyBytes: number): FrameVerdict {
    this.#answerType = type;
    switch (type) {
      case types.Z:
        return bodyBytes === 1 ? 'hold' : 'pass';
      case types.s:
      case types.C:
      case types.I:
      case types.E:
        this.#exchange.executed();
    }
    return this.#phase === 'login' ? 'drop' : 'pass';
  }

  #isAnswerPassed(): boolean {
    if (this.#answerType !== types.Z) return true;
    this.#exchange.ready();
    if (this.#phase !== 'login') return true;
    this.#phase = 'open';
    this.#toModule(loginAnswer(this.#options.settingsOf(this.#parameters), this.#processId, this.#secret));
    return false;
  }

  #toModule(bytes: Uint8Array): void {
    this.#host.toModule(bytes);
  }

  #toBackend(bytes: Uint8Array): void {
    if (this.#phase !== 'over') this.#host.toBackend(bytes, this.#parameters);
  }

  #protocolError(what: string): void {
    this.#refuse('08P01', `database '${this.#options.name}' does not take ${what}`);
  }

  /** Ends the virtual connection with an error; the log has the `reason`, by default the message. */
  #refuse(sqlState: string, message: string, { reason = message, others = {} }: RefusalOptions = {}): void {
    this.#phase = 'over';
    this.#toModule(errorResponse({ severity: 'FATAL', sqlState, message, others }));
    this.#host.close(reason);
  }
}
