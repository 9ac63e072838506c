import type { OpenPipe, Pipe, PipeReceiver } from '../../wire/index.js';

/** How much may be on its way before whoever writes is told to wait. */
const windowBytes = 256 * 1024;

/** A pipe within this process: opens its far end by `openFar` and returns the near one. */
export function openLocalPipe(near: PipeReceiver, openFar: (openPipe: OpenPipe) => void): Pipe {
  const nearEnd = new LocalPipeEnd(near);
  openFar((_id, far) => {
    const farEnd = new LocalPipeEnd(far);
    nearEnd.join(farEnd);
    return farEnd;
  });
  return nearEnd;
}

/** As over a session, nothing is told while the other end is still writing. */
class LocalPipeEnd implements Pipe {
  readonly #receiver: PipeReceiver;
  #far!: LocalPipeEnd;
  /** Written and not taken by the far end. */
  #untaken = 0;
  #isFull = false;
  #hasEnded = false;
  #isClosed = false;

  constructor(receiver: PipeReceiver) {
    this.#receiver = receiver;
  }

  join(far: LocalPipeEnd): void {
    this.#far = far;
    far.#far = this;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosed || this.#hasEnded || bytes.byteLength === 0) return true;
    this.#untaken += bytes.byteLength;
    this.#isFull = this.#untaken > windowBytes;
    this.#far.#soon((receiver) => receiver.data(bytes));
    return !this.#isFull;
  }

  end(): void {
    if (this.#isClosed || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#far.#soon((receiver) => receiver.ended());
    if (this.#far.#hasEnded) this.#close();
  }

  taken(bytes: number): void {
    const far = this.#far;
    far.#untaken -= bytes;
    if (!far.#isFull || far.#untaken > windowBytes) return;
    far.#isFull = false;
    far.#soon((receiver) => receiver.drained());
  }

  abort(error: Error): void {
    this.#close(error);
  }

  #close(error?: Error): void {
    for (const end of [this, this.#far]) {
      end.#soon((receiver) => {
        end.#isClosed = true;
        receiver.closed(error);
      });
    }
  }

  #soon(tell: (receiver: PipeReceiver) => void): void {
    queueMicrotask(() => {
      if (!this.#isClosed) tell(this.#receiver);
    });
  }
}
