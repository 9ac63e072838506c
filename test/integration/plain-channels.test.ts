import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openPlainChannels } from '../../src/module/open-plain-channels.js';
import { encodeFrame, FrameSplitter } from '../../src/wire/channels/frame-codec.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { closeAll, connectPlain } from '../unit/wire/session-ends.js';
import { until } from './orchestrator-fixture.js';
import { closersAfterEach } from '../support/closers.js';

const closers = closersAfterEach();
afterEach(async () => {
  await closeAll();
});

/** A plain orchestrator's listener, written from the protocol's description alone. */
async function listen(kind: 'unix' | 'tcp') {
  const sockets: Socket[] = [];
  const came: { id: string; content: unknown; metadata: unknown }[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const onFrame = ({ format, payload }: { format: string; payload: Buffer }) => {
      expect(format).toBe('json');
      came.push(JSON.parse(payload.toString()) as (typeof came)[number]);
    };
    const splitter = new FrameSplitter({ maxFrameBytes: 1_000_000 }, { onFrame, onBadFrame: () => undefined });
    socket.on('data', (chunk: Buffer) => splitter.push(chunk));
    socket.on('error', () => undefined);
  });
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-'));
  const path = join(directory, 'o.sock');
  await new Promise<void>((done) =>
    kind === 'unix' ? server.listen(path, done) : server.listen(0, '127.0.0.1', done),
  );
  const { port } = server.address() as { port: number };
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
    await rm(directory, { recursive: true, force: true });
  };
  closers.push(close);
  const init = (required: boolean) =>
    kind === 'unix'
      ? { ipc_channel: { socket_path: path, required } }
      : { tcp_channel: { address: `127.0.0.1:${port}`, tls_enabled: false, required } };
  return { sockets, came, init, close, last: () => sockets.at(-1)! };
}

async function open(init: object) {
  const plain = await connectPlain(undefined, { init });
  const stops: string[] = [];
  plain.session.serve({
    http: async ({ uri }) => {
      if (uri === '/broken') throw new Error('broken');
      return { status_code: 201, headers: { 'set-cookie': 'a' }, body: Buffer.from('ok') };
    },
    rotated: () => Promise.resolve(),
    shutdown: ({ reason }) => void stops.push(reason ?? 'asked'),
    ended: () => undefined,
  });
  const close = await openPlainChannels(plain.session, silentLogger);
  closers.push(close);
  return { ...plain, stops };
}

describe.each(['tcp', 'unix'] as const)('the %s channel of a plain orchestrator', (kind) => {
  it('has its heartbeats acknowledged in envelopes, whatever format they come in', async () => {
    const { came, init, sockets, last } = await listen(kind);
    await open(init(true));
    await until(() => sockets.length === 1, 'it is connected');
    last().write(encodeFrame('json', '{"op":"heartbeat"}'));
    last().write(encodeFrame('binary', '{"op":"heartbeat"}'));
    last().write(encodeFrame('base64', Buffer.from('{"op":"heartbeat"}').toString('base64')));
    await until(() => came.length === 3, 'all are acknowledged');
    for (const envelope of came) {
      expect(envelope).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
        content: { op: 'heartbeat_ack' },
        metadata: { source: 'm' },
      });
    }
  });

  it('has its requests and rotations answered there', async () => {
    const { came, init, sockets, last } = await listen(kind);
    await open(init(true));
    await until(() => sockets.length === 1, 'it is connected');
    const request = { op: 'http_request', method: 'GET', headers: {}, body: null };
    last().write(encodeFrame('json', JSON.stringify({ ...request, request_id: 'r1', uri: '/' })));
    last().write(encodeFrame('json', JSON.stringify({ ...request, request_id: 'r2', uri: '/broken' })));
    last().write(encodeFrame('json', JSON.stringify({ op: 'rotated', keys: ['A'], rotation_id: 'x' })));
    await until(() => came.length === 3, 'all are answered');
    expect(came.map(({ content }) => content)).toEqual(
      expect.arrayContaining([
        {
          op: 'http_response',
          request_id: 'r1',
          status_code: 201,
          headers: { 'set-cookie': 'a' },
          body: [...Buffer.from('ok')],
        },
        expect.objectContaining({ op: 'http_response', request_id: 'r2', status_code: 500 }),
        { op: 'rotation_ack', rotation_id: 'x', status: 'success' },
      ]),
    );
  });

  it('survives frames that are no messages, and ends the module when it says so', async () => {
    const { init, sockets, last, came } = await listen(kind);
    const { stops } = await open(init(true));
    await until(() => sockets.length === 1, 'it is connected');
    last().write(encodeFrame('json', 'no json'));
    last().write(encodeFrame('json', '{"op":"unheard_of"}'));
    last().write(encodeFrame('json', Buffer.from([0xff])));
    last().write(encodeFrame('json', '{"op":"heartbeat"}'));
    last().write(encodeFrame('json', '{"op":"shutdown"}'));
    await until(() => stops.length > 0 && came.length > 0, 'it is told to stop');
    expect([stops, came.map(({ content }) => content)]).toEqual([['asked'], [{ op: 'heartbeat_ack' }]]);
  });

  it('is connected again when it was lost', async () => {
    const { came, init, sockets, last } = await listen(kind);
    await open(init(true));
    await until(() => sockets.length === 1, 'it is connected');
    last().destroy();
    await until(() => sockets.length === 2, 'it is connected again');
    last().write(encodeFrame('json', '{"op":"heartbeat"}'));
    await until(() => came.length > 0, 'the heartbeat is acknowledged');
    expect(came.map(({ content }) => content)).toEqual([{ op: 'heartbeat_ack' }]);
  });

  it('is needed when it is required, and not when it is optional', async () => {
    const gone = await listen(kind);
    await gone.close();
    const { session } = await connectPlain(undefined, { init: gone.init(true) });
    await expect(openPlainChannels(session, silentLogger)).rejects.toMatchObject({
      code: 'CHANNEL_REQUIRED',
      message: expect.stringContaining(kind === 'tcp' ? 'tcp://127.0.0.1:' : 'o.sock'),
    });
    await expect(open(gone.init(false))).resolves.toBeDefined();
  });
});
