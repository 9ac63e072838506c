import { isIP } from 'node:net';
import { ValueError } from '../../foundation/index.js';

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** `127.0.0.1:9900`, `localhost:0` or `[::1]:9900`. Throws `ValueError`. */
export function parseListenAddress(text: unknown): ListenAddress {
  const match = typeof text === 'string' ? /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) : null;
  const [host, port] = [match?.[1] ?? match?.[2], Number(match?.[3])];
  const hostIsFine = match?.[1] === undefined ? host !== undefined && isHostName(host) : isIP(match[1]) === 6;
  if (host === undefined || !hostIsFine || port > 65_535) {
    throw new ValueError(`${JSON.stringify(text)} is not a listen address: write host:port, such as '127.0.0.1:9900'`);
  }
  return { host, port };
}

function isHostName(host: string): boolean {
  return isIP(host) === 4 || (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host) && !/^[\d.]+$/.test(host));
}
