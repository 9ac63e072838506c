import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SocketWatch } from '../../../src/orchestrator/control/socket-watch.js';
import { until } from '../../integration/orchestrator-fixture.js';
import { type Logged, recordingLogger } from '../wire/session-ends.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-watch-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function listen(path: string) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((done) => server.listen(path, done));
  return { server, sockets };
}

async function watched() {
  const path = join(directory, 'x.sock');
  const logged: Logged[] = [];
  const { server, sockets } = await listen(path);
  const watch = await SocketWatch.start({ server, path, logger: recordingLogger(logged), everyMs: 5 });
  const close = async () => {
    await watch.close();
    await closed(server, sockets);
  };
  return { path, logged, sockets, close };
}

function closed(server: Server, sockets: readonly Socket[]): Promise<unknown> {
  for (const socket of sockets) socket.destroy();
  return new Promise((done) => server.close(done));
}

async function reach(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise<void>((done, fail) => socket.once('connect', done).once('error', fail));
  return socket;
}

describe('the watch of a socket file', () => {
  it('makes it again with its directory, and keeps the connections that there are', async () => {
    const { path, logged, sockets, close } = await watched();
    const before = await reach(path);
    await until(() => sockets.length === 1, 'it is accepted');
    await rm(directory, { recursive: true });
    await until(() => logged.length > 0, 'it is made again');
    const echoed = new Promise((done) => before.once('data', (data) => done(String(data))));
    sockets[0]!.write('still here');
    expect(await echoed).toBe('still here');
    (await reach(path)).destroy();
    before.destroy();
    expect(logged).toEqual([{ level: 'warn', message: expect.stringContaining('made again') }]);
    await close();
    expect(existsSync(path)).toBe(false);
  });

  it('replaces a file that nobody listens behind', async () => {
    const { path, logged, close } = await watched();
    await rm(path);
    await writeFile(path, 'something else');
    await until(() => logged.length > 0, 'it is made again');
    (await reach(path)).destroy();
    expect(logged).toHaveLength(1);
    await close();
  });

  it('leaves a file alone that another program listens behind, and says so once', async () => {
    const { path, logged, close } = await watched();
    await rm(path);
    const other = await listen(path);
    await until(() => logged.length > 0, 'it is told');
    const seen = other.sockets.length;
    await until(() => other.sockets.length > seen + 1, 'it has looked again');
    (await reach(path)).destroy();
    expect(logged).toEqual([{ level: 'error', message: expect.stringContaining('cannot be made again') }]);
    await closed(other.server, other.sockets);
    await close();
  });
});
