import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy in front of a real server, that can be told to accept new connections and say nothing. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  isSilent = false;

  private constructor(to: { readonly host: string; readonly port: number }) {
    this.#server = createServer((near) => {
      this.#keep(near);
      if (this.isSilent) return void near.resume();
      const far = connect(to.port, to.host);
      this.#keep(far);
      near.pipe(far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
    });
  }

  static async inFrontOf(url: string): Promise<TcpProxy> {
    const { hostname, port, protocol } = new URL(url);
    const known = protocol.startsWith('postgres') ? 5432 : 3306;
    const proxy = new TcpProxy({ host: hostname, port: port === '' ? known : Number(port) });
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
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

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
  }
}
