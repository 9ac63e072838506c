import { chmod } from 'node:fs/promises';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import { type Logger, messageOf } from '../../foundation/index.js';
import { isAnsweredAt, makePrivate } from './control-socket.js';
import { identityOf } from './socket-identity.js';

export interface SocketWatchOptions {
  /** Listens at `path`. Whoever closes it closes the watch first. */
  readonly server: Server;
  readonly path: string;
  readonly logger: Logger;
  /** Default 1 s. */
  readonly everyMs?: number;
}

/**
 * Makes the file of a unix socket again when somebody has deleted it, such as a program that tidies up: without it the
 * server listens where nobody finds it. Connections stay as they are. A file that another server listens behind is left alone.
 */
export class SocketWatch {
  readonly #options: SocketWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #own: string | undefined;
  #told: string | undefined;
  #checking: Promise<void> | undefined;
  #isClosed = false;

  private constructor(options: SocketWatchOptions, own: string | undefined) {
    this.#options = options;
    this.#own = own;
    this.#timer = setInterval(() => {
      this.#checking ??= this.#check().finally(() => (this.#checking = undefined));
    }, options.everyMs ?? 1_000).unref();
  }

  /** The server listens already. */
  static async start(options: SocketWatchOptions): Promise<SocketWatch> {
    return new SocketWatch(options, await identityOf(options.path));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#checking;
  }

  async #check(): Promise<void> {
    const { path, server, logger } = this.#options;
    const found = await identityOf(path);
    if (found === this.#own || this.#isClosed) return;
    if (found !== undefined && (await isAnsweredAt(path))) return this.#complain('another program listens there', path);
    try {
      await makePrivate(dirname(path));
      await listenAgain(server, path);
      this.#own = await identityOf(path);
      this.#told = undefined;
      logger.warn('the file of a socket was gone and has been made again', { path });
    } catch (error) {
      this.#complain(messageOf(error), path);
    }
  }

  /** Once: it is tried again and again. */
  #complain(reason: string, path: string): void {
    if (this.#told !== reason)
      this.#options.logger.error('the file of a socket is gone and cannot be made again', { path, reason });
    this.#told = reason;
  }
}

/** Closing takes away whatever is at the path; connections that were accepted go on. */
async function listenAgain(server: Server, path: string): Promise<void> {
  if (server.listening) server.close();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  await chmod(path, 0o600);
}
