import type { SessionParameters } from '../relay/relay-engine.js';
import { cancelRequest, gssRequest, protocolVersion, startupParameters, tlsRequest } from './postgres-frames.js';

export interface StartupVisitor {
  /** The login, with what it asks for. */
  started(parameters: SessionParameters): void;
  /** A request to end what the connection with that secret runs. */
  cancelled(secret: number): void;
  /** A request for an encrypted connection, which this one is not. The login may follow. */
  refused(): void;
  broken(what: string): void;
}

const maxStartupBytes = 10_000;

/** Reads the messages with which a connection begins, which have no type. */
export class StartupReader {
  readonly #visitor: StartupVisitor;
  #bytes: Buffer = Buffer.alloc(0);
  #isOver = false;

  constructor(visitor: StartupVisitor) {
    this.#visitor = visitor;
  }

  /** Gives back what comes after the last of them. */
  push(bytes: Uint8Array): Uint8Array {
    this.#bytes = this.#bytes.byteLength === 0 ? Buffer.from(bytes) : Buffer.concat([this.#bytes, bytes]);
    while (!this.#isOver && this.#bytes.byteLength >= 8) {
      const length = this.#bytes.readInt32BE(0);
      if (length < 8 || length > maxStartupBytes) {
        this.#isOver = true;
        this.#visitor.broken(`a startup message of ${length} bytes`);
      } else if (this.#bytes.byteLength < length) {
        break;
      } else {
        const message = this.#bytes.subarray(0, length);
        this.#bytes = this.#bytes.subarray(length);
        this.#take(message);
      }
    }
    return this.#isOver ? this.#bytes : Buffer.alloc(0);
  }

  #take(message: Buffer): void {
    const code = message.readInt32BE(4);
    if (code === tlsRequest || code === gssRequest) return this.#visitor.refused();
    this.#isOver = true;
    if (code === cancelRequest && message.byteLength >= 16) return this.#visitor.cancelled(message.readInt32BE(12));
    if (code >>> 16 !== protocolVersion >>> 16) return this.#visitor.broken(`the protocol version ${code >>> 16}`);
    this.#visitor.started(startupParameters(message.subarray(8)));
  }
}
