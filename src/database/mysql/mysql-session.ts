import { commands } from './mysql-command.js';
import { statusFlags } from './mysql-packets.js';
import type { MysqlResponse } from './mysql-response.js';
import type { Leftover, QuotingModes, StatementReport } from './statement-guard.js';

const kept = statusFlags.inTransaction | statusFlags.autocommit | statusFlags.noBackslashEscapes;

/** What one virtual connection has in its session on the server, as far as can be seen from what passes. */
export class MysqlSession {
  /** Those prepared, and what is known of them. */
  readonly #statements = new Map<number, StatementReport | undefined>();
  /** What is not in the session of the present backend, or is another connection's. */
  readonly #lost = new Set<Leftover>();
  #status: number = statusFlags.autocommit;
  #mayQuoteNames = false;
  #isKept = false;
  #checksAreOff = false;
  #nextTransactionIsSet = false;

  get status(): number {
    return this.#status;
  }

  get inTransaction(): boolean {
    return (this.#status & statusFlags.inTransaction) !== 0;
  }

  get quoting(): QuotingModes {
    const hasPlainBackslashes = (this.#status & statusFlags.noBackslashEscapes) !== 0;
    return { hasPlainBackslashes, mayQuoteNames: this.#mayQuoteNames };
  }

  /** Whether the next command must reach the same backend. */
  get mustBeKept(): boolean {
    const isPlain = (this.#status & (statusFlags.inTransaction | statusFlags.autocommit)) === statusFlags.autocommit;
    const isChanged = this.#isKept || this.#checksAreOff || this.#nextTransactionIsSet;
    return !isPlain || isChanged || this.#statements.size > 0;
  }

  /** What the server sets without being asked. */
  beginIn(sqlMode: string): void {
    if (sqlMode.includes('NO_BACKSLASH_ESCAPES')) this.#status |= statusFlags.noBackslashEscapes;
    if (sqlMode.includes('ANSI_QUOTES')) this.#mayQuoteNames = true;
  }

  /** From now on, until the virtual connection ends. */
  keep(): void {
    this.#isKept = true;
  }

  willRun(report: StatementReport): void {
    if (report.mayQuoteNames) this.#mayQuoteNames = true;
    if (report.keepsSession) this.#isKept = true;
    if (report.foreignKeyChecks) this.#checksAreOff = report.foreignKeyChecks === 'off';
    this.#nextTransactionIsSet = report.setsNextTransaction ?? false;
  }

  /** What was to run has reached no backend. */
  forgetUnsent(): void {
    this.#isKept = false;
    this.#checksAreOff = false;
    this.#nextTransactionIsSet = false;
  }

  /** Another connection may have used the session, or will. */
  loseLeftovers(): void {
    this.#lost.add('insert id').add('last statement');
  }

  hasLost(leftover: Leftover | undefined): boolean {
    return leftover !== undefined && this.#lost.has(leftover);
  }

  prepared(statement: number): StatementReport | undefined {
    return this.#statements.get(statement);
  }

  hasRun(command: number, response: MysqlResponse, report?: StatementReport): void {
    if (command === commands.query || command === commands.execute) this.#lost.delete('last statement');
    if (response.setsInsertId) this.#lost.delete('insert id');
    if (response.status !== undefined && !response.failed) this.#status = response.status & kept;
    const isOwnChange = report?.foreignKeyChecks !== undefined || report?.setsNextTransaction;
    if (response.changesSession && !isOwnChange) this.#isKept = true;
    if (response.failed) return;
    if (response.statement !== undefined) this.#statements.set(response.statement, report);
    if (command === commands.resetConnection) this.#statements.clear();
  }

  /** False when no such statement is open. */
  closeStatement(statement: number): boolean {
    return this.#statements.delete(statement);
  }
}
