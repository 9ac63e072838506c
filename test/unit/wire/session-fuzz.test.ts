import { afterEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { encodeMessage } from '../../../src/wire/encode.js';
import type { WireMessage } from '../../../src/wire/messages.js';
import { moduleMessage, orchestratorMessage } from './arbitrary-messages.js';
import { distorted, flipped } from './hostile-lines.js';
import { closeAll, connectModuleByHand, connectPlain, service } from './session-ends.js';

afterEach(closeAll);

const ext = { v: 2, features: ['corr', 'b64', 'err', 'types', 'cancel', 'deadline'] };

/** Messages in any order, whole and broken, the same in every run. */
function lines(messages: fc.Arbitrary<WireMessage>, nonce?: string): string[] {
  const written = messages.map((message) => encodeMessage(message, { extensions: false, nonce }));
  const any = fc.oneof(written, written, flipped(written), distorted(written));
  // A newline would end the line, and what stands behind it would be another.
  return fc.sample(any, { seed: 20_261_125, numRuns: 2_000 }).map((line) => line.replaceAll(/[\r\n]/g, ' '));
}

describe('a session that is sent any messages in any order, whole and broken', () => {
  it('still answers as the module', async () => {
    const { session, otherEnd, send, next } = await connectPlain(undefined, { ext });
    session.serve({
      http: () => Promise.resolve({ status_code: 200, headers: {}, body: null }),
      rotated: () => Promise.resolve(),
      shutdown: () => undefined,
      ended: () => undefined,
    });
    const secret = session.getSecret('KEY', { timeoutMs: 60_000 });
    const { request_id } = await next('get_secret');
    for (const line of lines(orchestratorMessage)) otherEnd.send(line);
    send({ op: 'secret', name: 'KEY', value: 'v', request_id });
    await expect(secret).resolves.toEqual({ value: 'v' });
    send({ op: 'http_request', request_id: 'the last', method: 'GET', uri: '/', headers: {}, body: null });
    for (;;) if ((await next('http_response'))['request_id'] === 'the last') break;
    await session.close();
  });

  it('still answers as the orchestrator', async () => {
    const { peer, init, otherEnd, send, next } = await connectModuleByHand({
      getSecret: () => Promise.resolve({ value: 'v' }),
      openService: () => Promise.resolve(service((_operation, params) => Promise.resolve(params))),
      requestPort: () => Promise.resolve(4_100),
    });
    const { nonce } = init.ext!;
    send({ op: 'heartbeat_ack', ext, ln: nonce });
    const request = peer.request({ method: 'GET', uri: '/', headers: {}, body: null }, { timeoutMs: 60_000 });
    const { request_id } = await next('http_request');
    for (const line of lines(moduleMessage, nonce)) otherEnd.send(line);
    send({ op: 'http_response', request_id, status_code: 204, headers: {}, body: null, ln: nonce });
    await expect(request).resolves.toMatchObject({ status_code: 204 });
    send({ op: 'get_secret', name: 'THE_LAST', request_id: 'the last', ln: nonce });
    for (;;) if ((await next('secret'))['request_id'] === 'the last') break;
    await peer.close();
  });
});
