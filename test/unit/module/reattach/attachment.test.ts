import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WireError } from '../../../../src/foundation/index.js';
import { Attachment } from '../../../../src/module/reattach/attachment.js';
import type { ModuleSession } from '../../../../src/wire/index.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Only told apart here. */
const session = (name: string) => ({ name }) as unknown as ModuleSession;
const [first, second] = [session('first'), session('second')];

function attached() {
  const attachment = new Attachment(first);
  const made: [session: ModuleSession, timeoutMs: number][] = [];
  const call = (options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
    attachment.call('the call', options, async (...args) => void made.push(args));
  return { attachment, made, call };
}

describe('calls while there is no orchestrator', () => {
  it('are made at once while there is one', async () => {
    const { made, call } = attached();
    await call({ timeoutMs: 500 });
    expect(made).toEqual([[first, 500]]);
  });

  it('wait, and are made to the next one with what is left of their time', async () => {
    const { attachment, made, call } = attached();
    attachment.lost();
    const waiting = call({ timeoutMs: 500 });
    await jest.advanceTimersByTimeAsync(200);
    expect(made).toEqual([]);
    attachment.restored(second);
    await waiting;
    expect(made).toEqual([[second, 300]]);
    expect([attachment.present, attachment.session]).toEqual([second, second]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('fail at their own deadline, and when they are given up', async () => {
    const { attachment, made, call } = attached();
    attachment.lost();
    const late = call({ timeoutMs: 500 }).catch((error: unknown) => error);
    const given = new AbortController();
    const aborted = call({ signal: given.signal }).catch((error: unknown) => error);
    given.abort('given up');
    expect(await aborted).toBe('given up');
    await jest.advanceTimersByTimeAsync(500);
    expect(await late).toMatchObject({ code: 'CALL_TIMEOUT', retryable: true });
    attachment.restored();
    expect(made).toEqual([]);
  });

  it('fail with the reason when none comes, and so do those that are made later', async () => {
    const { attachment, call } = attached();
    attachment.lost();
    const gone = new WireError('CHANNEL_CLOSED', 'gone', { retryable: true });
    const waiting = call().catch((error: unknown) => error);
    attachment.end(gone);
    expect(await waiting).toBe(gone);
    await expect(call()).rejects.toBe(gone);
    expect(attachment.present).toBeUndefined();
  });
});
