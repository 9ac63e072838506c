import { isIP } from 'node:net';

/** An address the orchestrator set aside for the module. */
export interface GivenAddress {
  readonly host: string;
  readonly port: number;
}

/** The address in `init.listen` (`127.0.0.1:8000`, `[::1]:8000`); undefined for all else, which is the path of a socket. */
export function givenAddress(listen: string): GivenAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(listen);
  const [host, port] = [match?.[1] ?? match?.[2] ?? '', Number(match?.[3])];
  const isAddress = isIP(host) === (match?.[1] === undefined ? 4 : 6);
  return isAddress && port <= 65_535 ? { host, port } : undefined;
}
