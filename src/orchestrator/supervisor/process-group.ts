import { readdir, readFile } from 'node:fs/promises';
import { sleep } from '../../foundation/index.js';

const politeMs = 1_000;
const pollMs = 25;

/** Sends a signal to every process of a group. Returns false when there is none left. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-groupId, signal);
  } catch (error) {
    // EPERM: some are there, but none that we may signal.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ends what is left of a group whose leader is gone: asked first, after a second killed. Resolves when none runs. */
export async function endGroup(groupId: number): Promise<void> {
  if (!signalGroup(groupId, 'SIGTERM')) return;
  if (await isGone(groupId)) return;
  signalGroup(groupId, 'SIGKILL');
  await isGone(groupId);
}

async function isGone(groupId: number): Promise<boolean> {
  // The system tells nobody when a process that is not our child ends.
  const deadline = performance.now() + politeMs;
  while (await isRunning(groupId)) {
    if (performance.now() > deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

async function isRunning(groupId: number): Promise<boolean> {
  if (!signalGroup(groupId, 0)) return false;
  const states = process.platform === 'linux' ? await statesIn(groupId) : undefined;
  // In a container without an init process nobody collects orphans: they stay as zombies, which run nothing.
  return states === undefined || states.some((state) => state !== 'Z' && state !== 'X');
}

/** The states of the processes of a group, as /proc tells them; undefined where it cannot be read. */
async function statesIn(groupId: number): Promise<string[] | undefined> {
  try {
    const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const members = await Promise.all(processes.map((processId) => stateIn(groupId, processId)));
    return members.filter((state) => state !== undefined);
  } catch {
    return undefined;
  }
}

async function stateIn(groupId: number, processId: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => '');
  // `pid (name) state parent group …`; the name may hold spaces and parentheses.
  const [state, , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(group) === groupId ? state : undefined;
}
