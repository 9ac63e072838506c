import { describe, expect, it } from '@jest/globals';
import { WireHttp } from '../../../../src/orchestrator/gateway/module-http.js';
import type { HttpRequestMessage } from '../../../../src/wire/index.js';

describe('WireHttp', () => {
  it('sends a request as a message, its body whole, and reads the answer', async () => {
    const sent: Omit<HttpRequestMessage, 'op' | 'request_id'>[] = [];
    const http = new WireHttp({
      request: (request) => {
        sent.push(request);
        const answer = { request_id: 'r', status_code: 201, headers: { 'x-a': 'b' }, body: Buffer.from('done') };
        return Promise.resolve({ op: 'http_response', ...answer });
      },
    });
    expect(http.takesStreams).toBe(false);
    const body = new Blob(['a', 'b']).stream() as ReadableStream<Uint8Array>;
    const request = { method: 'POST', uri: '/things', headers: { 'x-c': 'd' }, body };
    const response = await http.send(request, { timeoutMs: 1_000 });
    expect(sent).toEqual([{ ...request, body: new Uint8Array(Buffer.from('ab')) }]);
    expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([201, 'b', 'done']);
  });
});
