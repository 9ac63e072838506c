import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../src/foundation/index.js';
import { endlessStream, serving, soon } from './http-serving.js';

describe('close', () => {
  it('ends idle connections at once and refuses new ones', async () => {
    const { server } = await serving(async () => new Response('ok'));
    const agent = new Agent({ keepAlive: true });
    const [response] = (await once(get(server.address, { agent }), 'response')) as [IncomingMessage];
    await text(response);
    await soon(server.close({ graceMs: 60_000 }), 'the close');
    await expect(fetch(server.address)).rejects.toThrow('fetch failed');
    agent.destroy();
  });

  it('waits for requests in flight, and then ends their connections', async () => {
    const [arrived, release] = [new Deferred<void>(), new Deferred<void>()];
    const { server } = await serving(async () => {
      arrived.resolve();
      await release.promise;
      return new Response('late but whole');
    });
    const answer = fetch(server.address);
    await arrived.promise;
    let isClosed = false;
    const closed = server.close({ graceMs: 60_000 }).then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    release.resolve();
    expect(await (await answer).text()).toBe('late but whole');
    await soon(closed, 'the close');
  });

  it('sends an answer to its end that is written but not yet taken by the client', async () => {
    const size = 8_000_000;
    const answered = new Deferred<void>();
    const { server } = await serving(async () => {
      answered.resolve();
      return new Response(new Uint8Array(size));
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await answered.promise;
    const closed = server.close({ graceMs: 60_000 });
    let received = 0;
    let tail = '';
    socket.resume();
    socket.on('data', (chunk) => {
      received += chunk.length;
      tail = (tail + chunk.toString('latin1')).slice(-5);
    });
    await soon(Promise.all([once(socket, 'close'), closed]), 'the close');
    expect(received).toBeGreaterThan(size);
    expect(tail).toBe('0\r\n\r\n');
  });

  it('ends requests that outlast the grace', async () => {
    const { server } = await serving(async () => new Response(endlessStream('begun')));
    const response = await fetch(server.address);
    const failed = response.text().then(
      () => 'ended',
      () => 'cut',
    );
    await soon(server.close({ graceMs: 20 }), 'the close');
    expect(await soon(failed, 'the cut')).toBe('cut');
  });

  it('can be shortened by a later call', async () => {
    const { server } = await serving(async () => new Response(endlessStream('begun')));
    const response = await fetch(server.address);
    const cut = response.text().catch(() => 'cut');
    const closed = server.close({ graceMs: 60_000 });
    await soon(server.close({ graceMs: 0 }), 'the second close');
    await soon(closed, 'the first close');
    expect(await cut).toBe('cut');
  });

  it('may be called again, and is what disposal does', async () => {
    const { server } = await serving(async () => new Response('ok'));
    await soon(Promise.all([server.close(), server.close(), server[Symbol.asyncDispose]()]), 'the close');
  });
});
