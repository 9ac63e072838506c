import { describe, expect, it } from '@jest/globals';
import { bodyToWire, requestBodyToWire, type WireBody } from '../../../src/http/index.js';

const kibibyte = 1024;

async function textOf(body: WireBody): Promise<string> {
  expect(body).toBeInstanceOf(ReadableStream);
  return new Response(body as ReadableStream).text();
}

function bodyOf(pieces: AsyncIterable<Uint8Array | string>): ReadableStream<Uint8Array> {
  return new Response(pieces as AsyncIterable<Uint8Array>).body!;
}

async function* later(...pieces: string[]): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece;
    await new Promise((turn) => setTimeout(turn));
  }
}

describe('a body that goes over the wire', () => {
  it('is none, or whole, when it is there at once and short', async () => {
    expect(await bodyToWire(null)).toBeNull();
    expect(await bodyToWire(new Response('').body)).toBeNull();
    expect(await bodyToWire(new Response('ä').body)).toEqual(Buffer.from('ä'));
    expect(await bodyToWire(Response.json({ a: 1 }).body)).toEqual(Buffer.from('{"a":1}'));
    expect(await bodyToWire(new Response('x'.repeat(64 * kibibyte)).body)).toHaveLength(64 * kibibyte);
  });

  it('is a stream of all of it when it is long', async () => {
    const text = 'x'.repeat(64 * kibibyte + 1);
    expect(await textOf(await bodyToWire(new Response(text).body))).toBe(text);
  });

  it('is a stream when it takes its time, from its first piece on, text as UTF-8', async () => {
    expect(await textOf(await bodyToWire(bodyOf(later('ä', 'b'))))).toBe('äb');
  });

  it('ends its source when nobody wants the rest', async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) yield* later('x');
      } finally {
        isClosed = true;
      }
    }
    const body = (await bodyToWire(bodyOf(endless()))) as ReadableStream<Uint8Array>;
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
    expect(isClosed).toBe(true);
  });

  it('fails for a piece that is neither bytes nor text', async () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(7) });
    await expect(bodyToWire(body)).rejects.toThrow('a body is made of bytes (Uint8Array) or text');
  });

  it('of a request is whole when it is said to be short or must not be a stream', async () => {
    const post = (body: string, headers = {}) => new Request('http://x/', { method: 'POST', body, headers });
    const options = { maxBodyBytes: 100 * kibibyte, mayStream: true };
    expect(await requestBodyToWire(new Request('http://x/'), options)).toBeNull();
    expect(await requestBodyToWire(post('abc', { 'content-length': '3' }), options)).toEqual(Buffer.from('abc'));
    const long = 'x'.repeat(70 * kibibyte);
    expect(await requestBodyToWire(post(long), { ...options, mayStream: false })).toHaveLength(long.length);
    expect(await textOf(await requestBodyToWire(post(long), options))).toBe(long);
    const declared = post(long, { 'content-length': String(long.length) });
    expect(await textOf(await requestBodyToWire(declared, options))).toBe(long);
  });

  it('of a request over the limit fails, also as a stream', async () => {
    const long = 'x'.repeat(70 * kibibyte);
    const headers = { 'content-length': String(long.length) };
    const request = new Request('http://x/', { method: 'POST', body: long, headers });
    const body = await requestBodyToWire(request, { maxBodyBytes: 66 * kibibyte, mayStream: true });
    await expect(textOf(body)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  });
});
