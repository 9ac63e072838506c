import { createHash, randomUUID } from 'node:crypto';
import { chmod, link, lstat, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createDirectory, messageOf } from '../../foundation/index.js';
import { OrchestratorError } from '../orchestrator-error.js';
import { identityOf } from './socket-identity.js';

/** Systems allow 104 to 108 bytes for the path of a unix socket. */
const maxPathBytes = 100;
const pathFileName = 'control.path';

/** Where the orchestrator of a state directory would listen now. */
function controlSocketPath(stateDirectory: string): string {
  return socketPathIn(stateDirectory, 'control.sock');
}

/** The path of a unix socket of that state directory: in it, or where paths are shorter. */
export function socketPathIn(stateDirectory: string, name: string): string {
  const path = join(stateDirectory, name);
  if (Buffer.byteLength(path) <= maxPathBytes) return path;
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 16);
  const runtimeDirectory = process.env['XDG_RUNTIME_DIR'] || tmpdir();
  return join(runtimeDirectory, `pywatt-${process.getuid?.() ?? 0}`, `${hash}.sock`);
}

/** Where the orchestrator of a state directory said that it listens. */
export async function findControlSocket(stateDirectory: string): Promise<string> {
  try {
    return (await readFile(join(stateDirectory, pathFileName), 'utf8')).trim();
  } catch {
    return controlSocketPath(stateDirectory);
  }
}

/**
 * Makes `server` listen for this state directory, readable by this user only. The socket of a dead orchestrator is
 * replaced. Throws ALREADY_RUNNING when a live one answers, CONFIG_INVALID when the directory cannot be used.
 */
export async function claimControlSocket(server: Server, stateDirectory: string): Promise<string> {
  const path = controlSocketPath(stateDirectory);
  try {
    await makePrivate(stateDirectory);
    await makePrivate(dirname(path));
    await listen(server, path, stateDirectory);
    await chmod(path, 0o600);
    await publishPath(stateDirectory, path);
  } catch (error) {
    if (error instanceof OrchestratorError) throw error;
    throw new OrchestratorError(
      'CONFIG_INVALID',
      `the state directory ${stateDirectory} cannot be used (${messageOf(error)}): set state to another one`,
      { cause: error },
    );
  }
  return path;
}

/** Forgets where the socket is. The socket itself goes with its server. */
export async function releaseControlSocket(stateDirectory: string): Promise<void> {
  await rm(join(stateDirectory, pathFileName), { force: true });
}

/** Makes a directory, if need be, that nobody else can enter. Rejects when it is another user's. */
export async function makePrivate(directory: string): Promise<void> {
  await createDirectory(directory, 0o700);
  const stats = await lstat(directory);
  if (!stats.isDirectory()) throw new Error(`${directory} is not a directory`);
  if (process.getuid && stats.uid !== process.getuid()) throw new Error(`${directory} belongs to another user`);
  await chmod(directory, 0o700);
}

async function listen(server: Server, path: string, stateDirectory: string): Promise<void> {
  if (await tryListen(server, path)) return;
  const dead = await identityOf(path);
  if (!(await isAnsweredAt(path)) && (await removed(path, dead)) && (await tryListen(server, path))) return;
  throw new OrchestratorError(
    'ALREADY_RUNNING',
    `an orchestrator is already running for ${stateDirectory}: stop it first, or set state to another directory`,
    { details: { stateDirectory } },
  );
}

/**
 * Takes the socket of a dead orchestrator away. False when it is another one's by now: of two that start at once only one
 * shall find its place free.
 */
async function removed(path: string, dead: string | undefined): Promise<boolean> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return true;
  }
  const isDead = (await identityOf(aside)) === dead;
  if (!isDead) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
  return isDead;
}

/** False when something is at that path. */
function tryListen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error));
    server.once('error', onError);
    server.listen(path, () => {
      server.off('error', onError);
      resolve(true);
    });
  });
}

/** Whether a server accepts connections at the path of a unix socket. */
export function isAnsweredAt(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (isAlive: boolean) => {
      socket.destroy();
      resolve(isAlive);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

async function publishPath(stateDirectory: string, path: string): Promise<void> {
  if (dirname(path) === stateDirectory) await releaseControlSocket(stateDirectory);
  else await writeFile(join(stateDirectory, pathFileName), `${path}\n`, { mode: 0o600 });
}
