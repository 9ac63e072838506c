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

/** For the programs that are started for one of them. Throws when there is none of that name. */
export function contenderNamed(name: string | undefined): Contender {
  const contender = contenders.find((candidate) => candidate.name === name);
  if (contender === undefined) throw new Error(`there is no contender '${name}'`);
  return contender;
}
