import type { Submittable } from 'pg';

interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** COPY over pg, which leaves the flow of its data to others. Sends `input` to COPY … FROM STDIN. */
export class CopyQuery implements Submittable {
  readonly done: Promise<Buffer>;
  readonly #text: string;
  readonly #input: readonly Buffer[];
  readonly #output: Buffer[] = [];
  #resolve!: (output: Buffer) => void;
  #reject!: (error: Error) => void;

  constructor(text: string, input: readonly Buffer[] = []) {
    this.#text = text;
    this.#input = input;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit = (connection: unknown): void => (connection as CopyConnection).query(this.#text);

  handleCopyInResponse(connection: CopyConnection): void {
    for (const chunk of this.#input) connection.sendCopyFromChunk(chunk);
    connection.endCopyFrom();
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    // A view of what pg reads into, which it writes over.
    this.#output.push(Buffer.from(chunk));
  }

  handleCommandComplete(): void {
    // ReadyForQuery says that it is over.
  }

  handleError(error: Error): void {
    // pg forgets a query that failed before the server is ready.
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    this.#resolve(Buffer.concat(this.#output));
  }
}
