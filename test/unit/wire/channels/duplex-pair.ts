import { Duplex } from 'node:stream';

/** One end of a connection in memory: what is written here is read there, and no more is taken than is read. */
class ConnectionEnd extends Duplex {
  far: ConnectionEnd | undefined;
  #written: (() => void) | undefined;

  constructor() {
    // As sockets are.
    super({ allowHalfOpen: false });
  }

  override _read(): void {
    this.far?.readOn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: () => void): void {
    if (this.far!.push(chunk)) written();
    else this.#written = written;
  }

  override _final(done: () => void): void {
    this.far!.push(null);
    done();
  }

  readOn(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }
}

/** Two ends of a connection in memory. */
export function duplexPair(): [Duplex, Duplex] {
  const ends: [ConnectionEnd, ConnectionEnd] = [new ConnectionEnd(), new ConnectionEnd()];
  [ends[0].far, ends[1].far] = [ends[1], ends[0]];
  return ends;
}
