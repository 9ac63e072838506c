import { describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  Post,
  requestBodyToWire,
  requestFromWire,
  requestHeadToWire,
  responseFromWire,
  responseToWire,
  type WireRequest,
} from '../../../src/http/index.js';
import { appOf } from './app-of.js';

const request = (init?: RequestInit, url = 'http://shop.test/orders?x=1') => new Request(url, init);
const wireRequest = (fields: Partial<WireRequest> = {}): WireRequest => ({
  method: 'GET',
  uri: '/',
  headers: {},
  body: null,
  ...fields,
});
const requestToWire = async (sent: Request, uri: string, maxBodyBytes = 1_000) => ({
  ...requestHeadToWire(sent, uri),
  body: (await requestBodyToWire(sent, { maxBodyBytes, mayStream: false })) as Uint8Array | null,
});
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

describe('A request over the wire', () => {
  it('keeps method, path, query, headers and binary body', async () => {
    const body = new Uint8Array([0, 1, 254, 255]);
    const headers = { 'Content-Type': 'application/octet-stream', 'X-One': 'a, b', host: 'shop.test' };
    const wire = await requestToWire(request({ method: 'PUT', body, headers }), '/orders?x=1');
    expect(wire).toEqual({
      method: 'PUT',
      uri: '/orders?x=1',
      headers: { 'content-type': 'application/octet-stream', 'x-one': 'a, b', host: 'shop.test' },
      body: Buffer.from(body),
    });
    const back = requestFromWire(wire);
    expect([back.method, back.url, back.headers.get('x-one')]).toEqual(['PUT', 'http://shop.test/orders?x=1', 'a, b']);
    expect(back.headers.get('content-length')).toBe('4');
    expect(new Uint8Array(await back.arrayBuffer())).toEqual(body);
  });

  it('leaves the headers of the connection behind, on both ends', async () => {
    const headers = {
      connection: 'keep-alive, X-Hop',
      'keep-alive': 'timeout=5',
      'transfer-encoding': 'chunked',
      te: 'trailers',
      upgrade: 'x',
      'x-hop': '1',
      'x-kept': '2',
    };
    expect((await requestToWire(request({ headers }), '/')).headers).toEqual({ 'x-kept': '2' });
    expect([
      ...requestFromWire(wireRequest({ headers: { 'Transfer-Encoding': 'chunked', 'content-length': '999', a: 'b' } }))
        .headers,
    ]).toEqual([['a', 'b']]);
  });

  it('carries the message’s id as x-request-id unless there is one', () => {
    expect(requestFromWire({ ...wireRequest(), request_id: 'r1' }).headers.get('x-request-id')).toBe('r1');
    const own = wireRequest({ headers: { 'x-request-id': 'mine' } });
    expect(requestFromWire({ ...own, request_id: 'r1' }).headers.get('x-request-id')).toBe('mine');
  });

  it('has no body when it is GET or HEAD', () => {
    expect(requestFromWire(wireRequest({ body: bytes('x') })).body).toBeNull();
  });

  it('aborts with the signal given', () => {
    const controller = new AbortController();
    const { signal } = requestFromWire(wireRequest(), controller.signal);
    controller.abort();
    expect(signal.aborted).toBe(true);
  });

  it.each([
    ['quotes and brackets', '/a"b<c>`{d}', '/a%22b%3Cc%3E%60%7Bd%7D'],
    ['other letters', '/größe?q=日', '/gr%C3%B6%C3%9Fe?q=%E6%97%A5'],
    ['what is encoded already', '/a%20b?c=%22', '/a%20b?c=%22'],
  ])('encodes %s in the path, which would end a Rust module', async (_what, uri, expected) => {
    expect((await requestToWire(request(), uri)).uri).toBe(expected);
  });

  it.each([
    ['no slash at the start', 'orders'],
    ['another host', 'http://evil.test/'],
    ['a space', '/a b'],
    ['a line break', '/a\nb'],
    ['a fragment', '/a#b'],
    ['half a surrogate pair', '/\ud800'],
    ['too many bytes', `/${'x'.repeat(70_000)}`],
  ])('with %s is refused before it is sent, and when it came', async (_what, uri) => {
    await expect(requestToWire(request(), uri)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    expect(() => requestFromWire(wireRequest({ uri }))).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  it.each([
    ['a method that is none', { method: 'GE T' }],
    ['a method that fetch forbids', { method: 'CONNECT' }],
    ['a header name that is none', { headers: { 'a b': 'c' } }],
    ['a header value with a line break', { headers: { a: 'b\r\nc: d' } }],
    ['a header value beyond bytes', { headers: { a: '日' } }],
  ])('with %s is REQUEST_INVALID', (_what, fields) => {
    expect(() => requestFromWire(wireRequest(fields))).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  it.each(['evil.test/x', 'a@b', '//x', 'a b', ''])('cannot move to another address by the host header %p', (host) => {
    expect(requestFromWire(wireRequest({ uri: '//evil.test/path', headers: { host } })).url).toBe(
      'http://localhost//evil.test/path',
    );
  });

  it('with a body over the limit is refused before it is sent', async () => {
    const large = request({ method: 'POST', body: 'x'.repeat(11) });
    await expect(requestToWire(large, '/', 10)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  });
});

describe('A response over the wire', () => {
  it('keeps status, headers and binary body', async () => {
    const wire = await responseToWire(
      new Response(new Uint8Array([0, 255]), { status: 201, headers: { 'X-One': '1', connection: 'close' } }),
    );
    expect(wire).toEqual({ status_code: 201, headers: { 'x-one': '1' }, body: Buffer.from([0, 255]) });
    const back = responseFromWire(wire);
    expect([back.status, back.headers.get('x-one'), new Uint8Array(await back.arrayBuffer())]).toEqual([
      201,
      '1',
      new Uint8Array([0, 255]),
    ]);
  });

  it('keeps repeated cookies apart, and shows one to peers without the extension', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2; Expires=Thu, 01 Jan 2030 00:00:00 GMT'],
    ]);
    const wire = await responseToWire(new Response(null, { headers }));
    expect(wire.headers).toEqual({ 'set-cookie': 'b=2; Expires=Thu, 01 Jan 2030 00:00:00 GMT' });
    expect(responseFromWire(wire).headers.getSetCookie()).toEqual(headers.getSetCookie());
    expect(responseFromWire({ ...wire, headers_multi: [] }).headers.getSetCookie()).toEqual([
      'b=2; Expires=Thu, 01 Jan 2030 00:00:00 GMT',
    ]);
  });

  it.each([204, 205, 304])('%i has no body, whatever the peer sent', (status) => {
    expect(responseFromWire({ status_code: status, headers: {}, body: bytes('x') }).body).toBeNull();
    expect(responseFromWire({ status_code: status, headers: {}, body: new Uint8Array() }).body).toBeNull();
  });

  it.each([0, 99, 101, 600, 200.5, Number.NaN])('with the status %d is RESPONSE_INVALID', (status) => {
    expect(() => responseFromWire({ status_code: status, headers: {}, body: null })).toThrow(
      expect.objectContaining({ code: 'RESPONSE_INVALID' }),
    );
  });

  it.each<Record<string, string>>([{ 'a b': 'c' }, { a: 'b\r\nset-cookie: x=1' }])(
    'with the header %j is RESPONSE_INVALID',
    (headers) => {
      expect(() => responseFromWire({ status_code: 200, headers, body: null })).toThrow(
        expect.objectContaining({ code: 'RESPONSE_INVALID' }),
      );
    },
  );

  it('with a stream over the limit is BODY_TOO_LARGE, and the stream is cancelled', async () => {
    let cancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(bytes('xxxx')),
      cancel: () => void (cancelled = true),
    });
    await expect(responseToWire(new Response(endless), 10)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(cancelled).toBe(true);
  });
});

describe('A module served over the wire', () => {
  @Controller('/orders')
  class OrdersController {
    @Post('/') create(@Body({ validate: false }) input: unknown) {
      return { input };
    }
    @Get('/broken') broken(): never {
      throw new Error('hunter2');
    }
  }
  const answer = async (fields: Partial<WireRequest>) => {
    const { app } = await appOf([OrdersController]);
    const message = { ...wireRequest(fields), request_id: 'wire-1' };
    const { status_code: status, body } = await responseToWire(await app.fetch(requestFromWire(message)));
    return [status, JSON.parse(Buffer.from(body ?? []).toString()) as unknown];
  };

  it('answers as it does on a port', async () => {
    expect(await answer({ method: 'POST', uri: '/orders', body: bytes('{"a":1}') })).toEqual([
      200,
      { input: { a: 1 } },
    ]);
    expect(await answer({ method: 'POST', uri: '/orders', body: bytes('{') })).toMatchObject([
      400,
      { code: 'BODY_MALFORMED' },
    ]);
  });

  it('names the id of the message where it failed itself', async () => {
    expect(await answer({ uri: '/orders/broken' })).toEqual([
      500,
      { error: 'internal error', code: 'INTERNAL', requestId: 'wire-1' },
    ]);
  });
});
