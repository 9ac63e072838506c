import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type JsonValue,
  type Logger,
  messageOf,
  PyWattError,
  type Redactor,
  ValueError,
} from '../../foundation/index.js';
import { redactedJson } from '../../logging/index.js';
import { longestValueBytes } from '../../secrets/index.js';
import type { ControlActions } from './control-actions.js';
import { claimControlSocket, releaseControlSocket } from './control-socket.js';
import { adoptSecrets, recordSet, rotateSecrets } from './secret-requests.js';
import { SocketWatch } from './socket-watch.js';
import { streamEvents } from './stream-events.js';

export interface ControlServerOptions {
  readonly stateDirectory: string;
  readonly actions: ControlActions;
  /** For a tool that works on the databases of a module: what speaks the wire with it. Rejects with MODULE_NOT_FOUND, NOT_RUNNING. */
  readonly toolSession: (moduleId: string) => Promise<(socket: Duplex) => void>;
  readonly logger: Logger;
  readonly redactor: Redactor;
}

type Route = (body: unknown) => Promise<unknown>;

/** Several values, also the longest ones. */
const maxBodyBytes = 16 * longestValueBytes;

/** Answers `connectControl` on a unix socket in the state directory. One orchestrator per state directory. */
export class ControlServer {
  readonly #server: Server;
  readonly #options: ControlServerOptions;
  readonly #routes: ReadonlyMap<string, Route>;
  #watch: SocketWatch | undefined;

  private constructor(options: ControlServerOptions) {
    const { actions } = options;
    this.#options = options;
    this.#routes = new Map<string, Route>([
      ['GET /status', () => actions.status()],
      ['GET /secrets', () => actions.listSecrets()],
      ['POST /secrets/rotate', (body) => rotateSecrets(actions, body)],
      ['POST /secrets/adopt', (body) => adoptSecrets(actions, body)],
      ['POST /secrets/record', (body) => recordSet(actions, body)],
    ]);
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => void this.#upgrade(request, socket));
  }

  /** Throws ALREADY_RUNNING, or CONFIG_INVALID when the state directory cannot be used. */
  static async start(options: ControlServerOptions): Promise<ControlServer> {
    const control = new ControlServer(options);
    const path = await claimControlSocket(control.#server, options.stateDirectory);
    control.#watch = await SocketWatch.start({ server: control.#server, path, logger: options.logger });
    options.logger.debug('the control socket is open', { path });
    return control;
  }

  async close(): Promise<void> {
    await this.#watch?.close();
    await releaseControlSocket(this.#options.stateDirectory);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control');
      if (request.method === 'GET' && pathname === '/trace')
        return await this.#trace(searchParams.get('module') ?? '', response);
      const route = this.#routes.get(`${request.method} ${request.url}`);
      if (!route) return answer(response, 404, { error: { message: `there is no ${request.method} ${request.url}` } });
      const result = await route(request.method === 'POST' ? await readJson(request) : undefined);
      const { redactor } = this.#options;
      // The results are of JSON, though their types do not say so. None of their own keys stands for a credential.
      const shown = redactedJson(result as JsonValue, {
        redact: (text) => redactor.redact(text),
        hidesKey: () => false,
      });
      answer(response, 200, shown);
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      answer(response, 400, { error: this.#describe(error) });
    }
  }

  /** A tool sends nothing of its own before it has read the first message, so nothing can have come with the request. */
  async #upgrade(request: IncomingMessage, socket: Duplex): Promise<void> {
    socket.on('error', (error) => this.#options.logger.debug('the connection of a tool broke', { error }));
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control');
    try {
      if (pathname !== '/tool') throw new ValueError(`there is no session at ${pathname}`);
      const serve = await this.#options.toolSession(searchParams.get('module') ?? '');
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: pywatt\r\n\r\n');
      serve(socket);
    } catch (error) {
      const body = JSON.stringify({ error: this.#describe(error) });
      const head = ['HTTP/1.1 400 Bad Request', 'content-type: application/json', 'connection: close'];
      socket.end([...head, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'));
    }
  }

  async #trace(moduleId: string, response: ServerResponse): Promise<void> {
    const ended = new AbortController();
    response.once('close', () => ended.abort());
    try {
      await streamEvents(response, this.#options.actions.trace(moduleId, ended.signal));
    } finally {
      ended.abort();
    }
  }

  #describe(error: unknown): object {
    const { redactor } = this.#options;
    if (PyWattError.is(error)) return redactedJson({ ...error.toJSON(), family: error.family }, redactor);
    this.#options.logger.error('a control request failed', { error });
    return { message: redactor.redact(messageOf(error)) };
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new ValueError(`a control request may have ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    // The parser's own words would quote the body, which may hold a secret.
    throw new ValueError('the body of a control request must be JSON');
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
