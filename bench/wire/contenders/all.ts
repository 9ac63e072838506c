import type { Contender } from '../contender.js';
import { binaryFrames } from './binary-frames.js';
import { grpc } from './grpc.js';
import { jsonLines } from './json-lines.js';
import { oneWritePerMessage } from './one-write-per-message.js';
import { processSend } from './process-send.js';
import { rawSocket } from './raw-socket.js';
import { vscodeJsonrpc } from './vscode-jsonrpc.js';

export const contenders: readonly Contender[] = [
  rawSocket,
  binaryFrames,
  jsonLines,
  oneWritePerMessage,
  processSend,
  vscodeJsonrpc,
  grpc,
];
