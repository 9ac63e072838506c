import { LineChannel } from '../../../src/wire/index.js';
import type { Contender } from '../contender.js';
import { callSessionEcho, serveSessionEcho } from '../session-echo.js';

export const jsonLines: Contender = {
  name: 'JSON lines on stdio',
  serve: () => serveSessionEcho(new LineChannel(process.stdin, process.stdout)),
  connect: ({ child }) => callSessionEcho(new LineChannel(child.stdout!, child.stdin!)),
};
