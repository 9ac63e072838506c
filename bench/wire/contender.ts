import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/** What is echoed, in the forms that contenders take. */
export interface Payload {
  /** Small payloads are text, large ones bytes; text is what it is for those that carry no bytes. */
  readonly value: string | Buffer;
  readonly text: string;
  readonly bytes: Buffer;
}

/** Sends one payload to the far end; resolves when it came back. */
export type Echo = (payload: Payload) => Promise<unknown>;

/** A child process that serves a contender. */
export interface FarEnd {
  readonly child: ChildProcess;
  /** The child's file descriptor 3, a pair of sockets. */
  readonly socket: Socket;
  /** A path for contenders that listen themselves. */
  readonly socketPath: string;
}

/** One way to call another process: both ends of an echo. */
export interface Contender {
  readonly name: string;
  /** In the child: answers every payload with itself. Resolves once calls may come. */
  serve(socketPath: string): Promise<void> | void;
  /** In the benchmark: the calling end. The far end is ended by its process. */
  connect(farEnd: FarEnd): Promise<Echo> | Echo;
}
