import { type HostPort, readHostPort, ValueError } from '../../foundation/index.js';

/** Where something listens; port 0 lets the system choose. */
export type ListenAddress = HostPort;

/** `127.0.0.1:9900`, `localhost:0` (the system chooses) or `[::1]:9900`. Throws `ValueError`. */
export function parseListenAddress(text: unknown): ListenAddress {
  const address = typeof text === 'string' ? readHostPort(text) : undefined;
  if (address) return address;
  throw new ValueError(`${JSON.stringify(text)} is not a listen address: write host:port, such as '127.0.0.1:9900'`);
}
