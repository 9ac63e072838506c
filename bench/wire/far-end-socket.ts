import { Socket } from 'node:net';

/** In the child: its end of the pair of sockets. */
export function farEndSocket(): Socket {
  return new Socket({ fd: 3, readable: true, writable: true });
}
