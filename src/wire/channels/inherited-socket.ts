import { Socket } from 'node:net';
import { FrameChannel, type FrameChannelOptions } from './frame-channel.js';

/** The file descriptor of the socket a module inherits. */
export const inheritedFd = 3;

const fdVariable = 'PYWATT_CHANNEL_FD';
const parentVariable = 'PYWATT_CHANNEL_PARENT';

/** How a module is told of its socket. It must be a child of `parentPid`: a program in between may not pass the socket on. */
export function inheritedSocketVariables(parentPid: number): Record<string, string> {
  return { [fdVariable]: String(inheritedFd), [parentVariable]: String(parentPid) };
}

/**
 * The channel over the socket this process inherited; undefined when it inherited none. `env` loses the variables, so
 * that programs started by this process do not look for a socket that they do not have.
 */
export function openInheritedSocket(
  env: NodeJS.ProcessEnv,
  parentPid: number,
  options: FrameChannelOptions = {},
): FrameChannel | undefined {
  const fd = env[fdVariable];
  const isOurs = fd !== undefined && Number(env[parentVariable]) === parentPid;
  delete env[fdVariable];
  delete env[parentVariable];
  if (!isOurs) return undefined;
  const socket = new Socket({ fd: Number(fd), readable: true, writable: true });
  return new FrameChannel(socket, { ...options, kind: 'fd', isOwn: true });
}
