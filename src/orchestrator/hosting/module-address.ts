import { type HostPort, readIpPort, WireError } from '../../foundation/index.js';

/** Where a module that announced `listen` is reached from this machine. Throws `WireError` MESSAGE_INVALID. */
export function moduleAddress(listen: string): HostPort {
  const address = readIpPort(listen);
  if (!address || address.port === 0)
    throw new WireError('MESSAGE_INVALID', `the module announced '${listen}', which is no address with a port`);
  const { host, port } = address;
  // What is bound to every address is reached at the one that never leaves the machine.
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return { host: host === '::' ? '::1' : host, port };
}
