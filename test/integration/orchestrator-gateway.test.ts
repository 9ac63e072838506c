import { createServer } from 'node:net';
import { request as httpRequest } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { fixture, startWith, until } from './orchestrator-fixture.js';

const modules = { orders: fixture('answers') };

describe('the gateway', () => {
  it('passes path and query on and the answer back, under one request id', async () => {
    await using app = await startWith({ modules });
    await app.orchestrator.ready;
    const response = await app.request('/orders/a%20b/c?x=1&y=%2F', { headers: { 'x-request-id': 'mine-1' } });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('/a%20b/c?x=1&y=%2F');
    expect(response.headers.get('x-request-id')).toBe('mine-1');
    expect(await (await app.request('/orders')).text()).toBe('/');
    expect((await app.request('/orders/')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('answers 404 for a module that does not exist, naming the nearest', async () => {
    await using app = await startWith({ modules });
    await app.orchestrator.ready;
    const response = await app.request('/oders/1');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: "there is no module 'oders' (did you mean 'orders'?)",
      code: 'NOT_FOUND',
    });
    expect((await app.request('/')).status).toBe(404);
  });

  it('answers 503 with Retry-After at once while a module is not running', async () => {
    await using app = await startWith({
      modules: {
        mute: { ...fixture('never-announces'), announceTimeout: '10s' },
        done: { ...fixture('exits-at-once'), restart: 'never' },
      },
    });
    await until(() => app.orchestrator.modules.get('done')!.state === 'failed', 'it has failed');
    const starting = await app.request('/mute/');
    expect(starting.status).toBe(503);
    expect(starting.headers.get('retry-after')).toBe('1');
    expect(await starting.json()).toEqual({
      error: "module 'mute' is starting: try again shortly",
      code: 'MODULE_UNAVAILABLE',
    });
    const failed = await app.request('/done/');
    expect(failed.status).toBe(503);
    expect(failed.headers.get('retry-after')).toBeNull();
  });

  it('answers 504 when a module takes too long and 502 when it dies over the request', async () => {
    await using app = await startWith({ modules, gateway: { listen: '127.0.0.1:0', requestTimeout: '200ms' } });
    await app.orchestrator.ready;
    const late = await app.request('/orders/hang');
    expect([late.status, await late.json()]).toEqual([504, expect.objectContaining({ code: 'CALL_TIMEOUT' })]);
    const dead = await app.request('/orders/crash');
    expect([dead.status, await dead.json()]).toEqual([502, expect.objectContaining({ code: 'CHANNEL_CLOSED' })]);
  });

  it('answers 413 for a body over the limit, with or without a declared length', async () => {
    await using app = await startWith({ modules, gateway: { listen: '127.0.0.1:0', maxBody: 1000 } });
    await app.orchestrator.ready;
    expect((await app.request('/orders/', { method: 'POST', body: 'x'.repeat(1000) })).status).toBe(200);
    expect((await app.request('/orders/', { method: 'POST', body: 'x'.repeat(1001) })).status).toBe(413);
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(2000));
        controller.close();
      },
    });
    expect((await app.request('/orders/', { method: 'POST', body, duplex: 'half' })).status).toBe(413);
  });

  it('answers 413 at once to a client that announces too much, and logs nothing about it', async () => {
    await using app = await startWith({ modules, gateway: { listen: '127.0.0.1:0', maxBody: 1000 } });
    await app.orchestrator.ready;
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(`${app.orchestrator.gateway}/orders/`, { method: 'POST' }, (response) => {
        resolve(response.statusCode);
        request.destroy();
      }).on('error', reject);
      request.setHeader('content-length', 99_999_999_999);
      request.write('only the beginning');
    });
    expect(status).toBe(413);
    expect(app.logged(/request failed/)).toEqual([]);
  });

  it('answers 502 to what is no HTTP response; what it was goes to the log alone', async () => {
    await using app = await startWith({ modules: { orders: fixture('answers-with-a-broken-header') } });
    await app.orchestrator.ready;
    const response = await app.request('/orders/');
    expect([response.status, response.headers.get('set-cookie')]).toEqual([502, null]);
    expect(await response.json()).toEqual({
      error: 'the module answered with something that is no HTTP response',
      code: 'RESPONSE_INVALID',
    });
    expect(JSON.stringify(app.logged(/request failed/))).toContain('injected=1');
  });

  it('stops waiting for the module when the client goes away, and logs nothing about it', async () => {
    await using app = await startWith({ modules });
    await app.orchestrator.ready;
    const leaving = new AbortController();
    const request = app.request('/orders/hang', { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 50);
    await expect(request).rejects.toThrow('aborted');
    expect(await (await app.request('/orders/next')).text()).toBe('/next');
    expect(app.logged(/request failed/)).toEqual([]);
  });

  it('tells the health of the orchestrator and its modules', async () => {
    await using app = await startWith({
      modules: { ...modules, done: { ...fixture('exits-at-once'), restart: 'never' } },
    });
    await until(() => app.orchestrator.modules.get('done')!.state === 'failed', 'it has failed');
    await app.orchestrator.ready;
    const response = await app.request('/_pywatt/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'degraded',
      modules: { orders: 'running', done: 'failed' },
      build: {
        node: process.versions.node,
        version: expect.any(String),
        gitHash: expect.any(String),
        buildTime: expect.any(String),
      },
    });
    expect(await (await app.request('/_pywatt/modules')).json()).toMatchObject({
      modules: [
        { id: 'orders', state: 'running', endpoints: [{ path: '/' }] },
        { id: 'done', state: 'failed', lastEnd: 'exited with code 7' },
      ],
    });
    const refused = await app.request('/_pywatt/modules', { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await refused.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
    expect((await app.request('/_pywatt/helth')).status).toBe(404);
  });

  it('survives a request line that is no request', async () => {
    await using app = await startWith({ modules });
    await app.orchestrator.ready;
    const port = Number(new URL(app.orchestrator.gateway!).port);
    const status = await new Promise((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', path: '//[', method: 'GET' }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect((await app.request('/orders/')).status).toBe(200);
  });

  it('finishes the requests in flight when the orchestrator stops', async () => {
    await using app = await startWith({ modules: { slow: fixture('answers-slowly') } });
    await app.orchestrator.ready;
    const request = app.request('/slow/');
    await until(() => app.logged(/^request received$/).length > 0, 'the module has the request');
    const closing = app.orchestrator.close();
    expect(await (await request).text()).toBe('at last');
    await closing;
  });

  it('that cannot have its port says so, and nothing is left running', async () => {
    const taken = createServer();
    await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening));
    const { port } = taken.address() as { port: number };
    await expect(startWith({ modules, gateway: { listen: `127.0.0.1:${port}` } })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\).*gateway\\.listen`)),
    });
    await new Promise((closed) => taken.close(closed));
  });

  it('is absent when the configuration says so', async () => {
    await using app = await startWith({ modules, gateway: false });
    await app.orchestrator.ready;
    expect(app.orchestrator.gateway).toBeUndefined();
    expect(app.orchestrator.modules.get('orders')!.state).toBe('running');
  });
});
