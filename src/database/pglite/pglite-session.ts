import { withDeadline } from '../../foundation/index.js';

/** What is used of PGlite. */
export interface PgliteServer {
  /** Runs whole messages of PostgreSQL's protocol; what it answers is only valid during the call. */
  execProtocolRawStream(
    messages: Uint8Array,
    options: { readonly syncToFs?: boolean; readonly onRawData: (bytes: Uint8Array) => void },
  ): Promise<void>;
  close(): Promise<void>;
}

const closeTimeoutMs = 5_000;

// The end of a COPY that is under way, of what waits for a Sync, of the transaction, and of all the session holds.
const resetting: readonly Uint8Array[] = [
  message('f', 'the connection was given back'),
  message('S'),
  message('Q', 'ROLLBACK'),
  message('Q', 'DISCARD ALL'),
];

/** The one session that PGlite has, for one connection at a time. */
export class PgliteSession {
  readonly #server: PgliteServer;
  #last: Promise<void> = Promise.resolve();

  constructor(server: PgliteServer) {
    this.#server = server;
  }

  /** Resolves, in turn, with the function that gives the session back, like new for the next. */
  async enter(): Promise<() => void> {
    const before = this.#last;
    let leave!: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    this.#last = before.then(() => left).then(() => this.#reset());
    await before;
    return leave;
  }

  run(messages: Uint8Array, onAnswer: (bytes: Buffer) => void): Promise<void> {
    return this.#server.execProtocolRawStream(messages, { onRawData: (bytes) => onAnswer(Buffer.from(bytes)) });
  }

  /** When the connection that uses it is closed, or does not end in time. */
  async close(): Promise<void> {
    await withDeadline(this.#last, closeTimeoutMs, () => new Error('a connection is still open')).catch(
      () => undefined,
    );
    await this.#server.close();
  }

  async #reset(): Promise<void> {
    // A server that cannot do that answers no later message, either, and says so there.
    for (const bytes of resetting) await this.run(bytes, () => undefined).catch(() => undefined);
  }
}

function message(type: string, text?: string): Buffer {
  const body = text === undefined ? Buffer.alloc(0) : Buffer.from(`${text}\0`);
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(body.byteLength + 4, 1);
  return Buffer.concat([header, body]);
}
