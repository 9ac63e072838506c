import { isIP } from 'node:net';
import { WireError } from '../../foundation/index.js';

export interface ModuleAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a module that announced `listen` is reached from this machine. Throws `WireError` MESSAGE_INVALID. */
export function moduleAddress(listen: string): ModuleAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(listen);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (isIP(host) === 0 || !(port >= 1 && port <= 65_535))
    throw new WireError('MESSAGE_INVALID', `the module announced '${listen}', which is no address with a port`);
  // What is bound to every address is reached at the one that never leaves the machine.
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return { host: host === '::' ? '::1' : host, port };
}
