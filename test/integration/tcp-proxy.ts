import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A proxy in front of a real server, that can be told to accept new connections and say nothing, or to lose an answer. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  isSilent = false;
  /** How long each part of an answer is held back, in milliseconds, on new connections. */
  delayMs = 0;
  #isCut = false;
  #lost: string | undefined;

  private constructor(private to: { readonly host: string; readonly port: number }) {
    this.#server = createServer((near) => {
      this.#keep(near);
      if (this.#isCut) return void near.destroy();
      if (this.isSilent) return void near.resume();
      const far = connect(this.to.port, this.to.host);
      this.#keep(far);
      let isLost = false;
      near.on('data', (bytes: Buffer) => {
        if (this.#lost === undefined || !bytes.includes(this.#lost)) return;
        this.#lost = undefined;
        isLost = true;
      });
      // Before the pipe hears of it: the server has answered, and nobody will read it.
      far.on('data', () => void (isLost && near.destroy()));
      near.pipe(far);
      (this.delayMs > 0 ? far.pipe(this.#slowly()) : far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
    });
  }

  static async inFrontOf(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(addressOf(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** Where connections go from now on; those there are stay. */
  turnTo(url: string): void {
    this.to = addressOf(url);
  }

  /** The next connection that sends this text is cut when the server has answered, before the answer goes on. */
  loseAnswerTo(text: string): void {
    this.#lost = text;
  }

  /** Whether the answer to be lost is lost. */
  get hasLostAnswer(): boolean {
    return this.#lost === undefined;
  }

  /** Ends every connection, and each new one at once, until `mend`. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  /** The same address, through the proxy. */
  urlFor(url: string): string {
    const through = new URL(url);
    through.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return through.href;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Each part comes later, none waits for another. */
  #slowly(): Transform {
    const slow = new Transform({
      transform: (bytes, _encoding, done) => {
        setTimeout(() => slow.push(bytes), this.delayMs);
        done();
      },
    });
    return slow;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
  }
}

function addressOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(url);
  const known = protocol.startsWith('postgres') ? 5432 : 3306;
  return { host: hostname, port: port === '' ? known : Number(port) };
}
