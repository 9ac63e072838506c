import { once } from 'node:events';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { IsString } from 'class-validator';
import { Deferred } from '../../src/foundation/index.js';
import { Body, Controller, Post } from '../../src/http/index.js';
import { appOf } from '../unit/http/app-of.js';
import { rawConnection, serving, soon } from './http-serving.js';

class Named {
  @IsString() name!: string;
}
@Controller('/names')
class NamesController {
  @Post('/') create(@Body(Named) input: Named) {
    return input;
  }
}

describe('serveHttp', () => {
  it('listens on a free port of 127.0.0.1 and says where', async () => {
    const { server } = await serving(async (incoming) =>
      Response.json({ url: incoming.url, host: incoming.headers.get('host') }),
    );
    expect(server.address).toBe(`http://127.0.0.1:${server.port}`);
    expect(server.bound).toBe(`127.0.0.1:${server.port}`);
    expect(await (await fetch(`${server.address}/a?b=c`)).json()).toEqual({
      url: `${server.address}/a?b=c`,
      host: `127.0.0.1:${server.port}`,
    });
  });

  it('says by which address it is bound where it was given a name', async () => {
    const { server } = await serving(async () => new Response('hello'), { host: 'localhost' });
    expect(server.address).toBe(`http://localhost:${server.port}`);
    expect([`127.0.0.1:${server.port}`, `[::1]:${server.port}`]).toContain(server.bound);
  });

  it('never takes a part of the path from the host header', async () => {
    const { server } = await serving(async (incoming) => Response.json({ path: new URL(incoming.url).pathname }));
    for (const host of ['x/odd', 'x?a=', 'x#', 'user@x', 'x\\odd', ':::']) {
      const [response] = (await once(get({ port: server.port, path: '/cookies', headers: { host } }), 'response')) as [
        IncomingMessage,
      ];
      expect(JSON.parse(await text(response))).toEqual({ path: '/cookies' });
    }
  });

  it('serves a module’s app: a checked body, malformed JSON, health, HEAD', async () => {
    const { app } = await appOf([NamesController]);
    const { server } = await serving((incoming) => app.fetch(incoming));
    const post = (body: string) =>
      fetch(`${server.address}/names`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(await (await post('{"name":"ada"}')).json()).toEqual({ name: 'ada' });
    expect((await post('{"name":1}')).status).toBe(400);
    expect(await (await post('{"name":')).json()).toMatchObject({ code: 'BODY_MALFORMED' });
    expect((await fetch(`${server.address}/health`)).status).toBe(200);
    const head = await fetch(`${server.address}/health`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  describe('answers 413 to a body that is too large while it is still being sent', () => {
    const upload = async (agent?: Agent) => {
      const { app } = await appOf([NamesController], { maxBodyBytes: 1000 });
      const { server } = await serving((incoming) => app.fetch(incoming));
      const outgoing = request(`${server.address}/names`, {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json' },
      });
      outgoing.write('x'.repeat(5000));
      const [response] = (await soon(once(outgoing, 'response'), 'the answer')) as [IncomingMessage];
      expect(response.statusCode).toBe(413);
      return { outgoing, response };
    };

    it('and takes the rest, so that the client can end in peace', async () => {
      const agent = new Agent({ keepAlive: true });
      const { outgoing, response } = await upload(agent);
      outgoing.end('x'.repeat(30_000_000));
      await text(response);
      await soon(once(outgoing, 'close'), 'the end of the request');
      expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
      agent.destroy();
    });

    it('and ends the connection when the rest does not come', async () => {
      const { outgoing, response } = await upload();
      outgoing.on('error', () => undefined);
      await text(response);
      await soon(once(outgoing, 'close'), 'the end of the connection');
    });
  });

  it('keeps a connection usable whose request body nobody has read', async () => {
    const { server } = await serving(async () => new Response('done'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let round = 0; round < 3; round++) {
      const upload = request(`${server.address}/`, { method: 'POST', agent });
      upload.end('x'.repeat(500_000));
      const [response] = (await soon(once(upload, 'response'), 'the answer')) as [IncomingMessage];
      ports.add(response.socket.localPort);
      expect(await text(response)).toBe('done');
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  it('streams large bodies both ways, repeats cookies and keeps bytes', async () => {
    const { server } = await serving(async (incoming) => {
      const headers = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ]);
      return new Response(incoming.body, { status: 201, headers });
    });
    const body = new Uint8Array(3_000_000).map((_, index) => index % 251);
    const response = await fetch(server.address, { method: 'POST', body });
    expect([response.status, response.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']]);
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), body)).toBe(0);
  });

  it('sends each piece of a stream when it comes, and the headers before the first', async () => {
    const controller = new Deferred<ReadableStreamDefaultController>();
    const body = new ReadableStream({ start: (each) => controller.resolve(each) });
    const { server } = await serving(async () => new Response(body));
    const response = await soon(fetch(server.address), 'the headers');
    const reader = response.body!.getReader();
    const pieces = await controller.promise;
    pieces.enqueue(Buffer.from('one'));
    const first = await soon(reader.read(), 'the first piece');
    expect(Buffer.from(first.value ?? []).toString()).toBe('one');
    pieces.close();
    expect((await soon(reader.read(), 'the end')).done).toBe(true);
  });

  it('aborts the signal of a request, and cancels its answer, when the client goes', async () => {
    const [aborted, cancelled] = [new Deferred<void>(), new Deferred<void>()];
    const { server, logger } = await serving(async (incoming) => {
      incoming.signal.addEventListener('abort', () => aborted.resolve());
      return new Response(
        new ReadableStream({ start: (each) => each.enqueue(Buffer.from('x')), cancel: () => cancelled.resolve() }),
      );
    });
    const client = new AbortController();
    const response = await fetch(server.address, { signal: client.signal });
    expect(response.status).toBe(200);
    client.abort();
    await soon(Promise.all([aborted.promise, cancelled.promise]), 'the abort');
    expect(logger.errors()).toEqual([]);
  });

  it('does not abort the signal of a request that was answered', async () => {
    let signal: AbortSignal | undefined;
    const { server } = await serving(async (incoming) => {
      signal = incoming.signal;
      return new Response('ok');
    });
    await (await fetch(server.address)).text();
    await server.close();
    expect(signal?.aborted).toBe(false);
  });

  it('fails the body of a request whose client goes before it is complete', async () => {
    const outcome = new Deferred<unknown>();
    const { server } = await serving(async (incoming) => {
      outcome.resolve(incoming.text().then(() => 'complete', String));
      return new Response(String(await outcome.promise));
    });
    const socket = await rawConnection(server.port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
    socket.destroy();
    expect(await soon(outcome.promise, 'the failure')).toContain('before its request was complete');
  });

  it('ends the connection of an answer whose stream fails, telling only the log', async () => {
    const begun = new Deferred<ReadableStreamDefaultController>();
    const body = new ReadableStream({ start: (each) => (each.enqueue(Buffer.from('x')), begun.resolve(each)) });
    const { server, logger } = await serving(async () => new Response(body));
    const [response] = (await once(get(server.address), 'response')) as [IncomingMessage];
    let received = '';
    response.on('data', (chunk: Buffer) => (received += chunk.toString()));
    await soon(once(response, 'data'), 'the first piece');
    (await begun.promise).error(new Error('hunter2'));
    await soon(new Promise((resolve) => response.on('error', resolve)), 'the end of the connection');
    expect(received).toBe('x');
    expect(logger.errors()).toMatchObject([{ fields: { error: { message: 'hunter2' } } }]);
  });

  it('answers 500 when the stream of an answer fails before its first piece', async () => {
    const body = () => new ReadableStream({ pull: (each) => each.error(new Error('hunter2')) });
    const { server, logger } = await serving(
      async () => new Response(body(), { headers: { 'content-length': '100', 'x-own': '1' } }),
    );
    const response = await fetch(server.address);
    expect([response.status, response.headers.get('x-own')]).toEqual([500, null]);
    expect(await response.json()).toEqual({ error: 'internal error', code: 'INTERNAL' });
    expect(logger.errors()).toHaveLength(1);
  });

  it('answers 400 to what is no request for fetch', async () => {
    const { server } = await serving(async () => new Response('never'));
    const socket = await rawConnection(server.port, 'TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await soon(text(socket), 'the answer')).toMatch(/^HTTP\/1\.1 400 [^]*"REQUEST_INVALID"/);
  });

  it('takes a path that looks like another host as a path', async () => {
    const { server } = await serving(async (incoming) => new Response(incoming.url));
    const socket = await rawConnection(
      server.port,
      'GET //evil.test/a HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n',
    );
    expect(await soon(text(socket), 'the answer')).toContain('http://shop.test//evil.test/a');
  });

  it('fails with LISTEN_FAILED naming the address and the cure when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(serving(async () => new Response(), { port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `cannot listen on 127.0.0.1:${port}: the port is taken; stop what listens there, or set PORT to another (0 takes any that is free)`,
      details: { port, errno: 'EADDRINUSE' },
    });
    taken.close();
  });
});
