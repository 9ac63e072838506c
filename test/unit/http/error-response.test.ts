import { describe, expect, it } from '@jest/globals';
import { PyWattError, type PyWattErrorOptions } from '../../../src/foundation/index.js';
import { createErrorResponder } from '../../../src/http/error-response.js';
import { silentLogger } from '../foundation/silent-logger.js';
import { secretCause, things } from './things-controller.js';

describe('An error', () => {
  it('of http-core is answered as it is, and with its name when it has no body', async () => {
    const { ask, logger } = await things();
    const [worded, plain] = [await ask('/things/missing'), await ask('/things/missing-without-words')];
    expect([worded.status, await worded.json()]).toEqual([404, { error: 'no such thing' }]);
    expect([plain.status, await plain.json()]).toEqual([404, { error: 'Not Found', code: 'NOT_FOUND' }]);
    expect(logger.errors()).toEqual([]);
  });

  it.each(['/things/broken', '/things/broken-async'])(
    'nobody expected (%s) is answered with 500 and a request id, its details only logged',
    async (path) => {
      const { ask, logger } = await things();
      const response = await ask(path, { headers: { 'x-request-id': 'r-1' } });
      expect([response.status, await response.json()]).toEqual([
        500,
        { error: 'internal error', code: 'INTERNAL', requestId: 'r-1' },
      ]);
      expect(logger.errors()).toEqual([
        { level: 'error', message: `GET ${path} failed`, fields: { error: secretCause, requestId: 'r-1' } },
      ]);
    },
  );

  it('that is no Error is answered and logged the same way', async () => {
    const { ask, logger } = await things();
    const response = await ask('/things/throws-text');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
    expect(logger.errors()).toHaveLength(1);
  });

  it.each([
    ['a value that JSON cannot hold', '/things/bigint'],
    ['a SyntaxError of the handler itself', '/things/parses'],
  ])('from %s is a 500', async (_what, path) => {
    const { ask, logger } = await things();
    expect((await ask(path)).status).toBe(500);
    expect(logger.errors()).toHaveLength(1);
  });

  it.each([
    ['database', 'CONNECTION', true, 503],
    ['cache', 'CONNECTION', true, 503],
    ['service', 'BUSY', true, 503],
    ['database', 'POOL', true, 503],
    ['wire', 'CHANNEL_CLOSED', true, 503],
    ['database', 'CONNECTION', false, 500],
    ['database', 'OUTCOME_UNKNOWN', false, 500],
    ['database', 'TRANSACTION', true, 500],
  ] as const)('%s %s, to be tried again: %s, is answered with %i', async (family, code, retryable, status) => {
    const options: PyWattErrorOptions = { retryable };
    const respond = createErrorResponder(silentLogger);
    const response = respond(new PyWattError(family, code, 'hunter2', options), new Request('http://a.local/x'));
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, status === 503 ? '1' : null]);
    expect(await response.text()).toMatch(status === 503 ? /"code":"SERVICE_UNAVAILABLE","requestId"/ : /"INTERNAL"/);
  });

  it('after the client has gone is no error of the module', async () => {
    const { ask, logger } = await things();
    await ask('/things/broken', { signal: AbortSignal.abort() });
    expect(logger.errors()).toEqual([]);
  });
});
