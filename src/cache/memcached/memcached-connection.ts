import type { Socket } from 'node:net';
import { Deferred, type HostPort } from '../../foundation/index.js';
import { MissingCas } from './memcached-error.js';
import { type MemcachedReply, type MemcachedRequest, memcachedStatus } from './memcached-request.js';
import { loadMemjs, type Memjs, type MemjsCallback, type MemjsServer } from './memjs-server.js';
import { WorksUnderWay } from './works-under-way.js';

export interface MemcachedLogin {
  readonly username: string;
  readonly password: string;
}

const connectTimeoutMs = 5_000;
const drainMs = 10_000;
const longestTimeoutMs = 2 ** 30;
const statistics = 0x10;
/** Not used by requests, which count from 1. */
const ofTheConnection = 0;

/**
 * One connection to one memcached, by the `Server` of memjs, which would connect again by itself, but would keep halves of
 * replies, listeners and deadlines of the connection before: here each is used for one connection. What was sent when the
 * connection is lost rejects with the error of memjs or of the socket. Whoever opened it closes it.
 */
export class MemcachedConnection {
  readonly #server: MemjsServer;
  readonly #socket: Socket;
  readonly #makeRequest: Memjs['Utils']['makeRequestBuffer'];
  readonly #opened = new Deferred<void>();
  readonly #underWay = new WorksUnderWay();
  #isOpen = false;
  #seq = ofTheConnection;

  /** `silenceMs`: how long a request may be without reply before the connection counts as lost. */
  static async open(
    { host, port }: HostPort,
    login: MemcachedLogin | undefined,
    silenceMs: number,
    lost: (why: unknown) => void,
  ): Promise<MemcachedConnection> {
    const memjs = await loadMemjs();
    const server = new memjs.Server(host, port, undefined, undefined, {
      timeout: Math.min(silenceMs, longestTimeoutMs) / 1000,
      conntimeout: connectTimeoutMs / 1000,
    });
    // memjs takes those of its environment variables where it is given none.
    server.username = login?.username;
    server.password = login?.password;
    const connection = new MemcachedConnection(server, memjs.Utils.makeRequestBuffer, lost);
    await connection.#opened.promise;
    return connection;
  }

  private constructor(
    server: MemjsServer,
    makeRequest: Memjs['Utils']['makeRequestBuffer'],
    lost: (why: unknown) => void,
  ) {
    this.#server = server;
    this.#makeRequest = makeRequest;
    server.onError(ofTheConnection, (why) => {
      const wasOpen = this.#isOpen;
      this.#isOpen = false;
      this.#socket.destroy();
      if (wasOpen) lost(why);
      else this.#opened.reject(why);
    });
    server.sock(false, () => {
      this.#isOpen = true;
      this.#opened.resolve();
    });
    // oxlint-disable-next-line no-underscore-dangle -- while it connects, memjs hands it out in no other way
    this.#socket = server._socket!;
    this.#socket.setNoDelay(true);
    // memjs leaves those waiting whose connection the server closes.
    this.#socket.once('close', () => server.error(new Error('the connection was closed')));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends all of them, at least one, together and resolves with their replies in the same order; memcached does one after the other. */
  exchange(requests: readonly MemcachedRequest[]): Promise<MemcachedReply[]> {
    return this.#kept((resolve, reject) => {
      const replies: MemcachedReply[] = [];
      let missing = requests.length;
      this.#socket.cork();
      for (const [index, request] of requests.entries()) {
        const answered = (status: number, bytes: Buffer, value: Buffer) => {
          replies[index] = { status, cas: { bytes, connection: this }, value };
          missing -= 1;
          if (missing === 0) resolve(replies);
        };
        const { cas } = request;
        if (cas?.bytes.equals(noMark)) reject(new MissingCas());
        else if (cas && cas.connection !== this) answered(memcachedStatus.exists, noMark, emptyBytes);
        else this.#send(request, reject, ({ header, val }) => answered(header.status, header.cas, val));
      }
      process.nextTick(() => this.#socket.uncork());
    });
  }

  /** What the server counts, by the names it has for it. */
  statistics(): Promise<ReadonlyMap<string, string>> {
    return this.#kept((resolve, reject) => {
      const counts = new Map<string, string>();
      const each: MemjsCallback = ({ header, key, val }) => {
        if (header.totalBodyLength === 0) return resolve(counts);
        if (header.status === 0) counts.set(key.toString(), val.toString());
        else {
          each.quiet = false;
          reject(new Error(`memcached answers: ${val.toString()}`));
        }
      };
      each.quiet = true;
      this.#send({ opcode: statistics, place: '' }, reject, each);
    });
  }

  /** Closes it when what is under way has ended, for which it waits ten seconds at most. */
  async drain(): Promise<void> {
    await this.#underWay.ended(drainMs);
    this.close();
  }

  /** What is under way is lost. */
  close(): void {
    this.#socket.destroy();
  }

  #kept<T>(work: (resolve: (value: T) => void, reject: (why: unknown) => void) => void): Promise<T> {
    const working = new Promise(work);
    this.#underWay.begin();
    const ended = () => this.#underWay.end();
    working.then(ended, ended);
    return working;
  }

  #send(
    { opcode, place, extras = emptyBytes, value = emptyBytes, cas }: MemcachedRequest,
    failed: (why: unknown) => void,
    answered: MemjsCallback,
  ): void {
    this.#seq = (this.#seq % 0xffff_ffff) + 1;
    const request = this.#makeRequest(opcode, place, extras, value, this.#seq);
    cas?.bytes.copy(request, casAt);
    this.#server.onError(this.#seq, failed);
    this.#server.onResponse(this.#seq, answered);
    this.#server.write(request);
  }
}

const emptyBytes = Buffer.alloc(0);
/** What a memcached without CAS gives to every item, and what stands for any version in a request. */
const noMark = Buffer.alloc(8);
/** Where it stands in a request. */
const casAt = 16;
