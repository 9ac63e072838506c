import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { HttpUpstream } from '../../src/http/index.js';
import { closersAfterEach } from '../support/closers.js';

const closing = closersAfterEach();

async function upstreamOf(listener: RequestListener): Promise<HttpUpstream> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.closeAllConnections() ?? server.close());
  return upstreamAt((server.address() as { port: number }).port);
}

/** An upstream whose server is written by hand; `onData` is called once for each piece that came. */
async function rawUpstreamOf(onData: (socket: Socket, count: number) => void) {
  let count = 0;
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => onData(socket, ++count));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { upstream: upstreamAt((server.address() as { port: number }).port), count: () => count };
}

function upstreamAt(port: number): HttpUpstream {
  return closing.use(new HttpUpstream('127.0.0.1', port));
}

const get = { method: 'GET', uri: '/', headers: {}, body: null };
const soon = { timeoutMs: 10_000 };

describe('HttpUpstream', () => {
  it('leaves the headers of the connection behind, both ways', async () => {
    const upstream = await upstreamOf((request, response) => {
      response.setHeader('connection', 'keep-alive, x-hop').setHeader('x-hop', '1').setHeader('x-end', '2');
      response.end(request.headers['x-own']);
    });
    const response = await upstream.send({ ...get, headers: { 'x-own': 'a' } }, soon);
    expect(await response.text()).toBe('a');
    expect([...response.headers.keys()].filter((name) => name !== 'date')).toEqual(['content-length', 'x-end']);
  });

  it('sends a body of bytes with its length', async () => {
    const upstream = await upstreamOf((request, response) => response.end(request.headers['content-length']));
    const response = await upstream.send({ ...get, method: 'POST', body: Buffer.from('four') }, soon);
    expect(await response.text()).toBe('4');
  });

  it('ends a request whose caller gives up', async () => {
    const gone = new AbortController();
    let closed: Promise<unknown> | undefined;
    const upstream = await upstreamOf((request) => {
      closed = new Promise((end) => request.on('error', () => undefined).once('close', end));
      gone.abort(new Error('no longer wanted'));
    });
    await expect(upstream.send(get, { ...soon, signal: gone.signal })).rejects.toThrow('no longer wanted');
    await closed;
  });

  it('ends a body that stands still for longer than its deadline', async () => {
    const upstream = await upstreamOf((_request, response) => void response.write('first'));
    const response = await upstream.send(get, { timeoutMs: 100 });
    await expect(response.text()).rejects.toThrow('aborted');
  });

  it('fails with what the caller made fail in the body of its request', async () => {
    const upstream = await upstreamOf((request) => void request.resume());
    const body = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new RangeError('the source is dry')) });
    await expect(upstream.send({ ...get, method: 'POST', body }, soon)).rejects.toMatchObject({
      code: 'CHANNEL_CLOSED',
      cause: { message: 'the source is dry' },
    });
  });

  it('takes no garbage for an answer', async () => {
    const { upstream } = await rawUpstreamOf((socket) => void socket.end('SSH-2.0-something\r\n'));
    await expect(upstream.send(get, soon)).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
  });

  it('says that nobody is there', async () => {
    const { upstream, count } = await rawUpstreamOf((socket) => void socket.destroy());
    await expect(upstream.send(get, soon)).rejects.toMatchObject({ code: 'CHANNEL_CLOSED', retryable: true });
    expect(count()).toBe(1);
  });

  it('asks again over a new connection when a kept one was ended just then, but only what may be asked twice', async () => {
    const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
    // Every second request finds its connection reset.
    const { upstream, count } = await rawUpstreamOf((socket, n) =>
      n % 2 === 0 ? void socket.resetAndDestroy() : void socket.write(answer),
    );
    const text = async () => (await upstream.send(get, soon)).text();
    expect([await text(), await text(), count()]).toEqual(['ok', 'ok', 3]);
    await expect(upstream.send({ ...get, method: 'POST' }, soon)).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    expect(count()).toBe(4);
  });
});
