import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { Deferred } from '../../src/foundation/index.js';
import type { LaunchRecord } from '../../src/orchestrator/reattach/launch-record.js';
import { acceptLink, FrameChannel, LinkChannel, newTicket, newToken } from '../../src/wire/index.js';
import { freePort } from './free-port.js';
import { mariadbAnswers, mariadbUrl } from './mariadb-server.js';
import { NodeProcess, repository } from './node-process.js';
import { isAlive, until } from './orchestrator-fixture.js';
import { postgresUrl } from './postgres-address.js';
import { describeWithPostgres } from './postgres-server.js';
import { Site } from './reattachment-site.js';
import { tlsFile } from '../support/tls-file.js';

// Several processes start one after another in each test.
jest.setTimeout(90_000);

describe('a module that waits for a new orchestrator', () => {
  it('is taken over with what it holds in memory, and works on with databases, caches and secrets', async () => {
    await using site = await Site.make();
    const first = await site.run();
    expect(await first.remember()).toMatchObject({ pid: first.pid, requests: 1, key: 'first-value' });
    expect(await first.work()).toMatchObject({ visits: 1, count: 1 });
    await first.kill();
    await site.setKey('second-value');
    const second = await site.run();
    expect(second.pid).toBe(first.pid);
    expect(second.orchestrator.stderr).toContain('"msg":"the module was taken over"');
    expect(await second.remember()).toEqual({
      pid: first.pid,
      requests: 2,
      rotations: ['rotation: first-value to second-value'],
      key: 'second-value',
    });
    // The memory of the cache was the orchestrator's.
    expect(await second.work()).toEqual({ pid: first.pid, visits: 2, count: 1, seen: 1 });
    await second.kill();
    const third = await site.run();
    expect(await third.remember()).toMatchObject({ pid: first.pid, requests: 3, key: 'second-value' });
    expect(await third.work()).toMatchObject({ visits: 3 });
    expect(third.orchestrator.stderr).not.toContain('second-value');
    await third.stop();
    await until(() => !isAlive(first.pid), 'the module has ended with its orchestrator');
    expect(existsSync(site.recordFile)).toBe(false);
    expect(site.moduleLog).toContain('"msg":"stopped"');
  });

  it('finds those of its calls answered, over TCP, that it made while there was none', async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    await using site = await Site.make({ module: { channels: ['tcp'] }, more: { channels: { tcp: { listen } } } });
    const first = await site.run();
    await first.work();
    const underWay = fetch(`${site.ownAddress}/count`);
    await until(() => site.moduleLog.includes('a statement begins'), 'the statement is on its way');
    // It goes after the statement.
    expect((await fetch(`${site.ownAddress}/work`)).status).toBe(200);
    await first.kill();
    await until(() => site.moduleLog.includes('the connection to the orchestrator was lost'), 'the module notices');
    const made = fetch(`${site.ownAddress}/work`);
    const second = await site.run();
    expect(await (await made).json()).toEqual({ pid: first.pid, visits: 3, count: 1, seen: 1 });
    // Nobody knows whether that ran, so we do not make it twice; it only reads, so its caller may.
    expect(await (await underWay).json()).toEqual({ code: 'CONNECTION', retryable: true });
    expect(second.pid).toBe(first.pid);
    await second.stop();
  });

  it('is taken over over TLS, each end with a certificate, and works on', async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    const certificate = (name: string) => ({ cert: tlsFile(`${name}.pem`), key: tlsFile(`${name}.key`) });
    const ca = tlsFile('authority.pem');
    await using site = await Site.make({
      module: { channels: { tcp: 'required' }, tls: certificate('module') },
      more: { channels: { tcp: { listen, tls: { ...certificate('orchestrator'), ca, clientCa: ca } } } },
    });
    const first = await site.run();
    expect(await first.work()).toMatchObject({ visits: 1 });
    await first.kill();
    const second = await site.run();
    expect(second.pid).toBe(first.pid);
    expect(await second.work()).toMatchObject({ visits: 2 });
    expect(await second.remember()).toMatchObject({ pid: first.pid, requests: 1 });
    await second.stop();
  });

  it('is started afresh when it has ended meanwhile, and again when it ends after it was taken over', async () => {
    await using site = await Site.make();
    const first = await site.run();
    await first.kill();
    process.kill(first.pid, 'SIGKILL');
    const second = await site.run();
    expect(second.pid).not.toBe(first.pid);
    expect(await second.remember()).toMatchObject({ requests: 1 });
    await second.kill();
    const third = await site.run();
    expect(third.pid).toBe(second.pid);
    process.kill(third.pid, 'SIGKILL');
    await third.orchestrator.match(/the module ended, nobody can tell how; it is started again/);
    await until(
      () =>
        third.remember().then(
          ({ pid }) => pid !== second.pid,
          () => false,
        ),
      'another one answers',
    );
    await third.stop();
  });

  it('looks for one also when its own hangs, and finds it when that was killed and started again', async () => {
    await using site = await Site.make({ more: { heartbeat: { interval: '250ms', missed: 8 } } });
    const first = await site.run();
    first.orchestrator.kill('SIGSTOP');
    await until(() => site.moduleLog.includes('the module looks for it again'), 'the module notices');
    await first.kill();
    const second = await site.run();
    expect(second.pid).toBe(first.pid);
    expect(await second.remember()).toMatchObject({ pid: first.pid, requests: 1 });
    await second.stop();
  });

  it('is ended and started afresh when its configuration has changed, and ended when that is gone', async () => {
    await using site = await Site.make();
    const first = await site.run();
    await first.kill();
    await site.configure({ env: { LOG: site.logFile, MODE: 'other' } });
    const second = await site.run();
    expect(second.orchestrator.stderr).toContain('has changed; it is started afresh');
    expect([second.pid === first.pid, isAlive(first.pid)]).toEqual([false, false]);
    await second.kill();
    await site.configure(null);
    const other = site.start();
    await other.match(/a module of an orchestrator before is not in the configuration; it is ended/);
    await until(() => !isAlive(second.pid), 'it has ended');
    expect(site.moduleLog).toContain('"msg":"stopping","reason":"SIGTERM"');
    other.kill('SIGTERM');
    await other.exited;
  });

  it('watches the cache of the next orchestrator, too, when it keeps entries near', async () => {
    await using site = await Site.make({ module: { caches: { default: { near: true } } } });
    const first = await site.run();
    expect([(await first.work()).seen, (await first.work()).seen]).toEqual([1, 2]);
    await first.kill();
    const second = await site.run();
    expect(second.pid).toBe(first.pid);
    expect([(await second.work()).seen, (await second.work()).seen]).toEqual([1, 2]);
    await second.stop();
  });

  it('is taken over by one of two orchestrators that start at once', async () => {
    await using site = await Site.make();
    const first = await site.run();
    await first.kill();
    const both = [site.start(), site.start()];
    const ready = (each: NodeProcess) => each.match(/"ready":\s*"(http:[^"]+)"/).then(() => each);
    const winner = await Promise.any(both.map(ready));
    const loser = both.find((each) => each !== winner)!;
    expect((await loser.exited).code).not.toBe(0);
    expect(loser.stderr).toContain('ALREADY_RUNNING');
    expect(winner.stderr).toMatch(new RegExp(`the module was taken over","module":"remembers","pid":${first.pid}`));
    winner.kill('SIGTERM');
    await winner.exited;
  });

  it('is not taken by who only knows the name of its launch', async () => {
    await using site = await Site.make();
    const first = await site.run();
    await first.kill();
    process.kill(first.pid, 'SIGSTOP');
    const orchestrator = site.start();
    await orchestrator.match(/waiting for the module that an orchestrator before left/);
    expect(statSync(site.recordFile).mode & 0o777).toBe(0o600);
    const [record] = (JSON.parse(readFileSync(site.recordFile, 'utf8')) as { launches: LaunchRecord[] }).launches;
    const ticket = newTicket();
    const said = await strangerSays(join(site.directory, '.pywatt/wire.sock'), record!.launchId, ticket);
    expect(said).toMatchObject([{ link: 'challenge', adopts: true }, { link: 'refused' }]);
    await orchestrator.match(/a connection was refused.*the ticket is not the right one/);
    process.kill(first.pid, 'SIGCONT');
    await orchestrator.match(new RegExp(`the module was taken over","module":"remembers","pid":${first.pid}`));
    expect(orchestrator.stderr).not.toContain(ticket);
    orchestrator.kill('SIGTERM');
    await orchestrator.exited;
  });

  it('ends with code 75 when none comes in time', async () => {
    await using module = new NodeProcess([join(repository, 'test/fixtures/mains/takes-its-time.mjs')], {
      env: { PYWATT_MODULE_ID: 'patient' },
      input: null,
    });
    await using site = await Site.make();
    const path = join(site.directory, 'wire.sock');
    const [token, link] = [newToken(), new LinkChannel()];
    const heard: string[] = [];
    link.start({ onLine: (line) => heard.push(line), onBadLine: () => undefined, onEnd: () => undefined });
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      void acceptLink(socket, 'unix', { find: () => ({ token, link }) });
    });
    await new Promise<void>((done) => server.listen(path, done));
    module.write({
      op: 'init',
      orchestrator_api: 'o',
      module_id: 'patient',
      env: {},
      listen: '127.0.0.1:1',
      ipc_channel: { socket_path: path, required: true },
      auth_token: token,
      link: { launch: 'patient#1', prefer: ['unix'], reattach: { wait_ms: 400, ticket: newTicket() } },
    });
    await until(() => heard.some((line) => line.includes('"op":"announce"')), 'it has announced itself');
    server.close();
    for (const socket of sockets) socket.destroy();
    expect(await module.exited).toEqual({ code: 75, signal: null });
    expect(module.stderr).toContain('no new connection came within 400 ms');
    await link.close();
  });
});

async function expectAnotherConnection(database: string): Promise<void> {
  const env = { TABLE: `visits_${process.pid}_${Date.now()}` };
  await using site = await Site.make({ module: { env }, database });
  const first = await site.run();
  expect(await first.work()).toMatchObject({ visits: 1 });
  await first.kill();
  const second = await site.run();
  expect(second.pid).toBe(first.pid);
  expect(await second.work()).toMatchObject({ pid: first.pid, visits: 2 });
  await second.stop();
}

(await describeWithPostgres())('a module with a connection to PostgreSQL that its orchestrator lends', () => {
  it('is lent another one by the new orchestrator, and loses only what was under way', () =>
    expectAnotherConnection(postgresUrl));
});

((await mariadbAnswers()) ? describe : describe.skip)(
  'a module with a connection to MariaDB that its orchestrator lends',
  () => {
    it('is lent another one by the new orchestrator, and loses only what was under way', () =>
      expectAnotherConnection(mariadbUrl));
  },
);

describe('a module that is not to wait', () => {
  it('ends, and the next orchestrator starts another one', async () => {
    await using site = await Site.make({ module: { reattach: undefined } });
    const first = await site.run();
    await first.kill();
    expect(existsSync(site.recordFile)).toBe(false);
    const second = await site.run();
    expect(second.pid).not.toBe(first.pid);
    await until(() => !isAlive(first.pid), 'the first one has ended');
    await second.stop();
  });
});

/** What an orchestrator answers to somebody who has no right ticket. */
async function strangerSays(path: string, launch: string, ticket: string): Promise<unknown[]> {
  const answers: unknown[] = [];
  const ended = new Deferred<void>();
  const channel = new FrameChannel(connect(path), { kind: 'unix', isOwn: true });
  channel.start({
    onLine: (line) => {
      answers.push(JSON.parse(line));
      if (answers.length === 1) channel.send(JSON.stringify({ link: 'ticket', ticket }));
    },
    onBadLine: () => undefined,
    onEnd: () => ended.resolve(),
  });
  channel.send(JSON.stringify({ link: 'hello', launch, nonce: 'n' }));
  await ended.promise;
  return answers;
}
