import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import { PlainCalls } from '../../../src/wire/plain-calls.js';

const options = { timeoutMs: 5_000 };

describe('calls whose answers always name what was asked', () => {
  it('go one at a time, and one that stays unanswered makes room for the next', async () => {
    const calls = new PlainCalls<string>({ afterMs: 20, answer: (name) => `no ${name}` });
    const sent: string[] = [];
    const ask = (name: string) =>
      calls.call(name, name, options, () => {
        sent.push(name);
        if (name !== 'MISSING') setImmediate(() => calls.resolve(name, `value of ${name}`));
      });
    const answers = ['A', 'MISSING', 'B'].map(ask);
    await expect(answers[0]).resolves.toBe('value of A');
    expect(sent).toEqual(['A', 'MISSING']);
    await expect(Promise.all(answers)).resolves.toEqual(['value of A', 'no MISSING', 'value of B']);
    expect(calls.resolve('MISSING', 'too late')).toBe(false);
  });

  it('make room too when their caller gives up', async () => {
    const calls = new PlainCalls<string>({ afterMs: 60_000, answer: () => 'nothing' });
    const sent = new Deferred<void>();
    const first = calls.call('A', 'asking for A', { timeoutMs: 10 }, () => undefined);
    const second = calls.call('B', 'asking for B', options, () => sent.resolve());
    await expect(first).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    await sent.promise;
    calls.resolve('B', 'b');
    await expect(second).resolves.toBe('b');
  });
});
