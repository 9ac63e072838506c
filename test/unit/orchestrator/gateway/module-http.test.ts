import { afterEach, describe, expect, it } from '@jest/globals';
import { WireHttp } from '../../../../src/orchestrator/gateway/module-http.js';
import type { HttpRequestMessage } from '../../../../src/wire/index.js';
import { closeAll, connect } from '../../wire/session-ends.js';
import { readAll, streamOf } from '../../wire/streams/joined-tables.js';

afterEach(closeAll);

describe('WireHttp', () => {
  it('sends a request as a message and reads the answer', async () => {
    const sent: Omit<HttpRequestMessage, 'op' | 'request_id'>[] = [];
    const http = new WireHttp({
      streams: undefined,
      request: (request) => {
        sent.push(request);
        const answer = { request_id: 'r', status_code: 201, headers: { 'x-a': 'b' }, body: Buffer.from('done') };
        return Promise.resolve({ op: 'http_response', ...answer });
      },
    });
    const request = { method: 'POST', uri: '/things', headers: { 'x-c': 'd' }, body: Buffer.from('ab') };
    expect(http.takesStreams).toBe(false);
    const response = await http.send(request, { timeoutMs: 1_000 });
    expect(sent).toEqual([request]);
    expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([201, 'b', 'done']);
  });

  it('passes long bodies on while they come to a module that has agreed to streams', async () => {
    const { session, peer } = await connect();
    const ignore = () => undefined;
    const http = async ({ body_stream: id }: HttpRequestMessage) => {
      const body = await readAll(session.streams!.read(id!));
      return { status_code: 200, headers: {}, body };
    };
    session.serve({ http, rotated: () => Promise.resolve(), shutdown: ignore, ended: ignore });
    session.announce('l', []);
    await peer.announced;
    const way = new WireHttp(peer);
    expect(way.takesStreams).toBe(true);
    const request = { method: 'POST', uri: '/', headers: {}, body: streamOf(Buffer.from('streamed')) };
    expect(await (await way.send(request, { timeoutMs: 5_000 })).text()).toBe('streamed');
  });
});
