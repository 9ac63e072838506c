import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '../../foundation/index.js';
import {
  decodeModuleEnvelope,
  encodeFrame,
  encodeMessage,
  type Frame,
  FrameSplitter,
  textOfFrame,
} from '../../wire/index.js';

const maxQueuedBytes = 1024 ** 2;

/**
 * Where one module connects to, on a port of its own of the loopback address: nothing else tells modules apart (DEFECTS
 * R16). Frames to the module hold bare messages, those from it envelopes (R5). One connection at a time; when it ends the
 * module may come back without a word. Whoever opened it closes it.
 */
export class ModuleListener {
  readonly #server: Server;
  readonly #logger: Logger;
  readonly #maxFrameBytes: number;
  #socket: Socket | undefined;
  #onLine: (line: string) => void = () => undefined;

  private constructor(server: Server, logger: Logger, maxFrameBytes: number) {
    this.#server = server;
    this.#logger = logger;
    this.#maxFrameBytes = maxFrameBytes;
    server.on('connection', (socket) => this.#connected(socket));
    server.on('error', (error) => logger.warn('the TCP channel of the module failed', { error }));
  }

  static async open(logger: Logger, maxFrameBytes: number): Promise<ModuleListener> {
    const server = createServer({ noDelay: true });
    server.listen({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new ModuleListener(server, logger, maxFrameBytes);
  }

  /** `ip:port` */
  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** Begins delivery: each message as a line of its own, without its envelope. */
  start(onLine: (line: string) => void): void {
    this.#onLine = onLine;
  }

  /** False when there is no connection, or the module does not read from it. */
  send(line: string): boolean {
    const socket = this.#socket;
    if (socket === undefined || socket.writableLength > maxQueuedBytes) return false;
    socket.write(encodeFrame('json', line));
    return true;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#socket?.destroy();
    await closed;
  }

  #connected(socket: Socket): void {
    // Whoever is there first stays: no other process shall take the module's place while it is connected.
    if (this.#socket !== undefined) {
      this.#logger.warn('a second connection to the TCP channel of the module was refused');
      return void socket.destroy();
    }
    this.#socket = socket;
    this.#logger.debug('the module has connected to its TCP channel');
    const splitter = new FrameSplitter(
      { maxFrameBytes: this.#maxFrameBytes },
      {
        onFrame: (frame) => this.#receive(frame),
        onBadFrame: (error) => {
          this.#logger.warn('the module wrote what is no frame to its TCP channel; the connection is ended', { error });
          socket.destroy();
        },
      },
    );
    socket.on('data', (chunk) => splitter.push(chunk));
    socket.on('error', (error) => this.#logger.debug('the TCP channel of the module failed', { error }));
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
  }

  #receive(frame: Frame): void {
    let text: string;
    try {
      text = textOfFrame(frame);
    } catch (error) {
      this.#logger.warn('a frame from the module was dropped', { error });
      return;
    }
    const decoded = decodeModuleEnvelope(text);
    // What is no message is told apart and logged where lines are.
    this.#onLine(decoded.kind === 'message' ? encodeMessage(decoded.message, { extensions: false }) : text);
  }
}
