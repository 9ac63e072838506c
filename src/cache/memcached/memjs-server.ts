import type { Socket } from 'node:net';

/** What of memjs is used here: its connection and its requests. Its `Client` knows no CAS and confuses counters above 2^32. */
export interface Memjs {
  readonly Server: new (
    host: string,
    port: number,
    username: string | undefined,
    password: string | undefined,
    /** In seconds. */
    options: { readonly timeout: number; readonly conntimeout: number },
  ) => MemjsServer;
  readonly Utils: {
    readonly makeRequestBuffer: (
      opcode: number,
      key: string,
      extras: Uint8Array,
      value: Uint8Array,
      seq: number,
    ) => Buffer;
  };
}

export interface MemjsServer {
  username: string | undefined;
  password: string | undefined;
  /** There from `sock` on until it is lost. */
  readonly _socket?: Socket;
  /** Connects and logs in. */
  sock(isForLogin: boolean, connected: (socket: Socket) => void): void;
  onResponse(seq: number, callback: MemjsCallback): void;
  onError(seq: number, callback: (why: unknown) => void): void;
  write(request: Buffer): void;
  /** Ends the connection and tells all who wait. */
  error(why: unknown): void;
}

export interface MemjsResponse {
  readonly header: { readonly status: number; readonly cas: Buffer; readonly totalBodyLength: number };
  readonly key: Buffer;
  readonly val: Buffer;
}

export interface MemjsCallback {
  (response: MemjsResponse): void;
  /** Whether it is called for one response after the other, until one is empty. */
  quiet?: boolean;
}

/** The types that are published for memjs leave this part of it out. */
export async function loadMemjs(): Promise<Memjs> {
  return (await import('memjs')) as unknown as Memjs;
}
