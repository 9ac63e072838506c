import { integerAt, readOk, statusFlags } from './mysql-packets.js';

/** What kind of answer a command gets: one packet, results, the description of a statement, rows of a cursor. */
export type ResponseKind = 'single' | 'results' | 'statement' | 'rows';

/** The first bytes of each packet that a response must see: an OK up to what it tells of the session. */
export const responseHeadBytes = 512;

/**
 * Knows where the response to one command ends. Written for sessions without CLIENT_DEPRECATE_EOF, which the relay never
 * offers: column definitions and rows both end with an EOF packet.
 */
export class MysqlResponse {
  readonly #kind: ResponseKind;
  #state: 'first' | 'columns' | 'rows' | 'definitions';
  #definitionLists = 0;
  /** The status flags that came last; none when it ended with an error before any. */
  status: number | undefined;
  failed = false;
  begun = false;
  /** It asked for a file of the client or is no answer at all: what follows cannot be understood. */
  invalid = false;
  setsInsertId = false;
  /** It left something in the session, whatever did that: a setting, a user variable, a temporary table. */
  changesSession = false;
  /** The prepared statement it describes. */
  statement: number | undefined;

  constructor(kind: ResponseKind) {
    this.#kind = kind;
    this.#state = kind === 'rows' ? 'rows' : 'first';
  }

  /** The next packet; true when the response is complete with it. */
  next(bytes: Uint8Array, offset: number, length: number): boolean {
    this.begun = true;
    const first = length === 0 ? -1 : bytes[offset];
    if (first === 0xff) {
      this.failed = true;
      return true;
    }
    const isEnd = isEof(first ?? -1, length);
    switch (this.#state) {
      case 'first':
        return this.#first(bytes, offset, length, first ?? -1);
      case 'definitions':
        if (isEnd) this.#definitionLists -= 1;
        return this.#definitionLists === 0;
      case 'columns':
        return isEnd && this.#columnsEnd(integerAt(bytes, offset + 3, 2));
      case 'rows':
        return isEnd && this.#rowsEnd(integerAt(bytes, offset + 3, 2));
    }
  }

  #first(bytes: Uint8Array, offset: number, length: number, first: number): boolean {
    if (first === 0 && this.#kind === 'statement') return this.#describe(bytes, offset);
    if (first === 0) {
      const { status, setsInsertId, changesSession } = readOk(bytes, offset, length);
      this.setsInsertId ||= setsInsertId;
      this.changesSession ||= changesSession;
      return this.#resultEnd(status);
    }
    this.invalid = this.#kind !== 'results' || first === 0xfb || first === -1 || isEof(first, length);
    this.#state = 'columns';
    return this.invalid;
  }

  #describe(bytes: Uint8Array, offset: number): boolean {
    this.statement = integerAt(bytes, offset + 1, 4);
    const hasColumns = integerAt(bytes, offset + 5, 2) > 0;
    const hasParameters = integerAt(bytes, offset + 7, 2) > 0;
    this.#definitionLists = Number(hasColumns) + Number(hasParameters);
    this.#state = 'definitions';
    return this.#definitionLists === 0;
  }

  #columnsEnd(status: number): boolean {
    if ((status & statusFlags.cursorExists) !== 0) return this.#rowsEnd(status);
    this.#state = 'rows';
    return false;
  }

  /** An EOF packet has nothing but the flag. */
  #rowsEnd(status: number): boolean {
    this.changesSession ||= (status & statusFlags.sessionChanged) !== 0;
    return this.#resultEnd(status);
  }

  #resultEnd(status: number): boolean {
    this.status = status;
    this.#state = 'first';
    return (status & statusFlags.moreResults) === 0;
  }
}

function isEof(first: number, length: number): boolean {
  return first === 0xfe && length < 9;
}
