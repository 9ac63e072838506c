import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerOf } from './answer-of.js';
import type { Contender, Echo } from './contender.js';

/** A contender with its child running. */
export interface OpenContender {
  readonly name: string;
  readonly echo: Echo;
  /** The processor time of the far end so far, in microseconds. */
  readonly farEndCpu: () => Promise<number>;
  readonly close: () => void;
}

export async function openContender(contender: Contender, directory: string): Promise<OpenContender> {
  const socketPath = join(directory, `${contender.name.replaceAll(/\W+/g, '-')}.sock`);
  const program = fileURLToPath(new URL('far-end.js', import.meta.url));
  const child = spawn(process.execPath, [program, contender.name, socketPath], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe', 'ipc'],
  });
  child.on('error', (error) => console.error(error));
  const ready = answerOf(child, 'ready');
  const socket = child.stdio[3] as Socket;
  await ready;
  const echo = await contender.connect({ child, socket, socketPath });
  return {
    name: contender.name,
    echo,
    farEndCpu: async () => {
      const answer = answerOf<NodeJS.CpuUsage>(child, 'cpu');
      child.send('cpu');
      const { user, system } = await answer;
      return user + system;
    },
    close: () => child.kill('SIGKILL'),
  };
}
