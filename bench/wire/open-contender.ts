import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, Echo } from './contender.js';

/** A contender with its child running. */
export interface OpenContender {
  readonly name: string;
  readonly echo: Echo;
  /** The processor time of the far end so far, in microseconds. */
  readonly farEndCpu: () => Promise<number>;
  readonly close: () => void;
}

const deadlineMs = 20_000;

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
      const answer = answerOf(child, 'cpu');
      child.send('cpu');
      const { user, system } = (await answer) as NodeJS.CpuUsage;
      return user + system;
    },
    close: () => child.kill('SIGKILL'),
  };
}

/** The next message of the child that has that member. */
function answerOf(child: ChildProcess, member: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the far end did not say '${member}'`)), deadlineMs);
    const onMessage = (message: Record<string, unknown>) => {
      if (message[member] === undefined) return;
      clearTimeout(timer);
      child.off('message', onMessage);
      resolve(message[member]);
    };
    child.on('message', onMessage);
  });
}
