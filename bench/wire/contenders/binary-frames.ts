import type { Socket } from 'node:net';
import { FrameChannel } from '../../../src/wire/index.js';
import type { Contender } from '../contender.js';
import { farEndSocket } from '../far-end-socket.js';
import { callSessionEcho, serveSessionEcho } from '../session-echo.js';

const channelOn = (socket: Socket) => new FrameChannel(socket, { kind: 'fd', isOwn: true });

export const binaryFrames: Contender = {
  name: 'binary frames on fd 3',
  serve: () => serveSessionEcho(channelOn(farEndSocket())),
  connect: ({ socket }) => callSessionEcho(channelOn(socket)),
};
