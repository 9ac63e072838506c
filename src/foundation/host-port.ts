import { isIP } from 'node:net';

/** An address with a port. */
export interface HostPort {
  /** An IP address, without the brackets of IPv6, or the name of a host. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** The parts of `127.0.0.1:80`, `host.example:80` or `[::1]:80`; undefined for all else, such as the path of a socket. */
export function readHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain] = match;
  const [host, port] = [bracketed ?? plain!, Number(match[3])];
  const isHost = bracketed === undefined ? isIP(host) === 4 || isHostName(host) : isIP(host) === 6;
  return isHost && port <= 65_535 ? { host, port } : undefined;
}

/** The same where only an IP address will do. */
export function readIpPort(text: string): HostPort | undefined {
  const address = readHostPort(text);
  return address && isIP(address.host) !== 0 ? address : undefined;
}

function isHostName(host: string): boolean {
  return /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host) && !/^[\d.]+$/.test(host);
}
