import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../src/foundation/index.js';
import { acceptLink, type LinkAddress, LinkChannel, LinkDialer, newToken } from '../../src/wire/index.js';
import { encodeFrame } from '../../src/wire/channels/frame-codec.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { until } from './orchestrator-fixture.js';
import { closersAfterEach } from '../support/closers.js';

const closers = closersAfterEach();

/** Listens for the links of one launch; `sockets` are the connections it has. */
async function listen(kind: 'unix' | 'tcp', expected: { launch: string; token: string; link: LinkChannel }) {
  const sockets = new Set<Socket>();
  const refused: string[] = [];
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    acceptLink(socket, kind, {
      find: (launch) => (launch === expected.launch ? expected : undefined),
      handshakeTimeoutMs: 500,
    }).catch((error: { code: string }) => refused.push(error.code));
  });
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-'));
  const path = join(directory, 'wire.sock');
  await new Promise<void>((done) =>
    kind === 'unix' ? server.listen(path, done) : server.listen(0, '127.0.0.1', done),
  );
  const bound = server.address() as { port: number };
  const address: LinkAddress = kind === 'unix' ? { kind, path } : { kind: 'tcp', host: '127.0.0.1', port: bound.port };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    cut();
    await new Promise((done) => server.close(done));
    await rm(directory, { recursive: true, force: true });
  };
  closers.push(close);
  return { address, sockets, refused, cut, close, server, accepted: () => accepted };
}

function expectLink(options = {}) {
  const launch = randomUUID();
  const link = new LinkChannel(options);
  const heard: string[] = [];
  link.start({
    onLine: (text, bytes) => {
      heard.push(text);
      link.send(`echo ${text}`, bytes && [bytes]);
    },
    onBadLine: () => undefined,
    onEnd: () => undefined,
  });
  closers.push(() => link.close());
  return { launch, token: newToken(), link, heard };
}

function dialer(expected: { launch: string; token: string }, addresses: LinkAddress[], options = {}) {
  const { launch, token } = expected;
  const made = new LinkDialer({
    launch,
    token,
    addresses,
    logger: silentLogger,
    timeoutMs: 2_000,
    backoff: { initialMs: 5, maxMs: 50 },
    preferAgainMs: 20,
    ...options,
  });
  const answers: [text: string, bytes?: string][] = [];
  const ended = new Deferred<string>();
  made.link.start({
    onLine: (text, bytes) => answers.push(bytes ? [text, bytes.toString()] : [text]),
    onBadLine: () => undefined,
    onEnd: ({ error }) => ended.resolve(error?.message ?? 'ended'),
  });
  closers.push(() => made.link.close());
  return { link: made.link, open: () => made.open(), answers, ended: ended.promise };
}

describe.each(['unix', 'tcp'] as const)('a link over %s', (kind) => {
  it('loses nothing and doubles nothing while its connection is cut again and again', async () => {
    const expected = expectLink();
    const { address, cut, accepted } = await listen(kind, expected);
    const { link, open, answers } = dialer(expected, [address]);
    await open();
    const sent = Array.from({ length: 2_000 }, (_, index) => `{"n":${index}}`);
    for (const [index, text] of sent.entries()) {
      link.send(text);
      if (index % 250 === 249) {
        await until(() => link.isConnected, 'it is connected');
        const before = accepted();
        cut();
        await until(() => accepted() > before, 'it connects again');
      }
    }
    await until(() => answers.length >= sent.length, 'all are answered');
    expect(expected.heard).toEqual(sent);
    expect(answers.map(([text]) => text)).toEqual(sent.map((text) => `echo ${text}`));
  });

  it('is refused to whoever does not know the token, and tells an impostor nothing', async () => {
    const expected = expectLink();
    const { address, refused } = await listen(kind, expected);
    await expect(dialer({ ...expected, token: newToken() }, [address]).open()).rejects.toMatchObject({
      code: 'PEER_REFUSED',
      message: expect.stringContaining('does not know this launch'),
    });
    await expect(dialer({ launch: 'another', token: expected.token }, [address]).open()).rejects.toMatchObject({
      code: 'PEER_REFUSED',
    });
    await until(() => refused.length === 2, 'both are refused');
    expect(expected.link.isConnected).toBe(false);
  });

  it('gives a peer that says nothing, or too much, no more than its handshake', async () => {
    const expected = expectLink();
    const { address, refused, sockets } = await listen(kind, expected);
    const raw = () => (address.kind === 'unix' ? connect(address.path) : connect({ ...address } as { port: number }));
    const slow = raw();
    slow.write(encodeFrame('json', '{"link":"hello","launch":"x","nonce":"y"}').subarray(0, 9));
    const large = raw();
    large.write(encodeFrame('json', 'x'.repeat(5_000)).subarray(0, 100));
    const wrong = raw();
    wrong.write(encodeFrame('json', '{"op":"announce","listen":"x","endpoints":[]}'));
    const proof = raw();
    proof.write(encodeFrame('json', '{"link":"proof","proof":"guess","received":0}'));
    for (const socket of [slow, large, wrong, proof]) socket.on('error', () => undefined).resume();
    await until(() => refused.length === 4 && sockets.size === 0, 'all are gone');
    expect(refused.toSorted()).toEqual(['CALL_TIMEOUT', 'CHANNEL_CLOSED', 'MESSAGE_INVALID', 'MESSAGE_INVALID']);
  });
});

describe('a link with a unix socket and a TCP port', () => {
  it('uses the first, fails over to the second, and goes back once the first answers again', async () => {
    const expected = expectLink();
    const first = await listen('unix', expected);
    const second = await listen('tcp', expected);
    const { link, open, answers } = dialer(expected, [first.address, second.address]);
    await open();
    expect(link.kind).toBe('unix');
    const { path } = first.address as { path: string };
    await stopListening(first.server, first.cut);
    await until(() => link.isConnected && link.kind === 'tcp', 'it fails over');
    link.send('over tcp');
    await new Promise<void>((done) => first.server.listen(path, done));
    await until(() => link.isConnected && link.kind === 'unix', 'it goes back');
    link.send('over unix');
    await until(() => answers.length === 2, 'both are answered');
    expect(expected.heard).toEqual(['over tcp', 'over unix']);
  });

  it('is given up, with the reason, when the other end does not come back', async () => {
    const expected = expectLink({ lostAfterMs: 200 });
    const only = await listen('tcp', expected);
    const { open, ended } = dialer(expected, [only.address], { channel: { lostAfterMs: 100 } });
    await open();
    await stopListening(only.server, only.cut);
    expect(await ended).toContain('no new connection came within 100 ms');
  });

  it('is given up at once when the other end does not know the launch any more', async () => {
    const expected = expectLink();
    const only = await listen('tcp', expected);
    const { open, ended } = dialer(expected, [only.address]);
    await open();
    (expected as { launch: string }).launch = 'another';
    only.cut();
    expect(await ended).toContain('does not know this launch');
  });

  it('does not connect to a socket file that somebody replaced', async () => {
    const expected = expectLink();
    const impostor = await listen('unix', { launch: expected.launch, token: newToken(), link: new LinkChannel() });
    const { path } = impostor.address as { path: string };
    await chmod(path, 0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(dialer(expected, [impostor.address]).open()).rejects.toMatchObject({ code: 'PEER_REFUSED' });
  });

  it('names the address that nobody answers at', async () => {
    const expected = expectLink();
    const gone = await listen('unix', expected);
    await gone.close();
    await expect(dialer(expected, [gone.address]).open()).rejects.toMatchObject({
      code: 'CONNECTION',
      retryable: true,
      message: expect.stringContaining('wire.sock'),
    });
  });
});

function stopListening(server: Server, cut: () => void): Promise<unknown> {
  const closed = new Promise((done) => server.close(done));
  cut();
  return closed;
}
