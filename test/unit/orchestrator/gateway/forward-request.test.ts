import { describe, expect, it } from '@jest/globals';
import { forwardRequest } from '../../../../src/orchestrator/gateway/forward-request.js';
import type { ModuleHttp } from '../../../../src/orchestrator/gateway/module-http.js';
import type { SupervisedModule } from '../../../../src/orchestrator/supervisor/supervised-module.js';
import { silentLogger } from '../../foundation/silent-logger.js';

/** The headers a module gets of a request. */
async function headersSeen(headers: Record<string, string>, address: string | undefined) {
  let seen: Readonly<Record<string, string>> = {};
  const http: ModuleHttp = {
    takesStreams: false,
    send: (request) => {
      seen = request.headers;
      return Promise.resolve(new Response(null, { status: 204 }));
    },
  };
  const module = { http, config: { id: 'orders' } } as unknown as SupervisedModule;
  const request = new Request('http://shop.example/orders/1', { headers });
  const limits = { requestTimeoutMs: 1_000, maxBodyBytes: 1_000 };
  await forwardRequest(request, module, '/1', { limits, logger: silentLogger, client: { address } });
  return seen;
}

describe('a request that is forwarded', () => {
  it('tells the module from whom, for which host and under which prefix it came', async () => {
    expect(await headersSeen({}, '10.0.0.7')).toMatchObject({
      'x-forwarded-for': '10.0.0.7',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-prefix': '/orders',
    });
  });

  it('keeps what an earlier proxy said, and adds the last hop', async () => {
    const earlier = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/shop' };
    expect(await headersSeen(earlier, '10.0.0.7')).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 10.0.0.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/shop/orders',
    });
  });

  it('leaves the address out when the client has gone', async () => {
    expect(await headersSeen({}, undefined)).not.toHaveProperty('x-forwarded-for');
  });
});
