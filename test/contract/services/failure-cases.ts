import assert from 'node:assert/strict';
import { failureOf, type ServiceCase } from './service-case.js';

export const failureCases: readonly ServiceCase[] = [
  {
    title: 'whatever an implementation throws is FAILED, with its message and its code',
    run: async ({ geo }) => {
      const plain = await failureOf(geo.fail('error'), 'FAILED');
      assert.match(plain.message, /geo.*fail.*the atlas is closed/);
      assert.deepEqual([plain.details, plain.retryable], [{}, false]);
      assert.deepEqual((await failureOf(geo.fail('coded'), 'FAILED')).details, { code: 'ENOENT' });
      assert.match((await failureOf(geo.fail('text'), 'FAILED')).message, /just text/);
    },
  },
  {
    title: 'an error of this package is FAILED, too, with its family, code, details and whether to try again',
    run: async ({ geo }) => {
      const error = await failureOf(geo.fail('value'), 'FAILED');
      assert.deepEqual(error.details, { page: 3, family: 'value', code: 'INVALID_VALUE' });
      assert.equal(error.retryable, true);
    },
  },
  {
    title: 'a ServiceError arrives as it was thrown',
    run: async ({ geo }) => {
      const error = await failureOf(geo.fail('service'), 'BUSY');
      assert.equal(error.message, 'the geographer is out');
      assert.deepEqual([error.details, error.retryable], [{ backAt: 'noon' }, true]);
    },
  },
  {
    title: 'an operation that takes longer than its timeout fails with TIMEOUT, and its signal aborts',
    run: async ({ geo }) => {
      const { aborted } = await geo.seen();
      const error = await failureOf(geo.hang(), 'TIMEOUT');
      assert.deepEqual([error.details, error.retryable], [{ timeoutMs: 150 }, false]);
      assert.equal((await geo.seen()).aborted, aborted + 1);
    },
  },
  {
    title: 'a caller may wait less long, and a malformed wait is a ValueError',
    run: async ({ geo }) => {
      const error = await failureOf(geo.hangLong(undefined, { timeout: '50ms' }), 'TIMEOUT');
      assert.deepEqual(error.details, { timeoutMs: 50 });
      await assert.rejects(geo.hangLong(undefined, { timeout: 'soon' as '1s' }), { name: 'ValueError' });
    },
  },
  {
    title: 'an AbortSignal ends the wait with ABORTED; aborted before, nothing is sent',
    run: async ({ geo }) => {
      const { calls } = await geo.seen();
      const reason = new Error('no longer needed');
      const early = await failureOf(geo.echo(1, { signal: AbortSignal.abort(reason) }), 'ABORTED');
      assert.equal(early.cause, reason);
      assert.equal((await geo.seen()).calls, calls);
      const controller = new AbortController();
      const call = failureOf(geo.hangLong(undefined, { signal: controller.signal }), 'ABORTED');
      await geo.echo(2);
      controller.abort();
      await call;
    },
  },
];
