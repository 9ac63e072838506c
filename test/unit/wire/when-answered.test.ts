import { describe, expect, it } from '@jest/globals';
import { whenAnswered } from '../../../src/wire/when-answered.js';

/** What happened, in order; `breaks` names the steps that throw. */
async function outcome(answer: Promise<string>, breaks: readonly string[] = []): Promise<string[]> {
  const steps: string[] = [];
  const step = (name: string) => (what: unknown) => {
    steps.push(`${name} ${what instanceof Error ? what.message : String(what)}`);
    if (breaks.includes(name)) throw new Error(`no ${name}`);
  };
  void whenAnswered(answer, step('send'), step('failed'), step('lost'));
  await answer.catch(() => undefined);
  await Promise.resolve();
  return steps;
}

describe('whenAnswered', () => {
  it('sends the answer', async () => {
    expect(await outcome(Promise.resolve('yes'))).toEqual(['send yes']);
  });

  it('gives the reason of an answer that failed, or the error of sending it, to the second', async () => {
    expect(await outcome(Promise.reject(new Error('no')))).toEqual(['failed no']);
    expect(await outcome(Promise.resolve('yes'), ['send'])).toEqual(['send yes', 'failed no send']);
  });

  it('gives what the second throws to the third, once', async () => {
    expect(await outcome(Promise.resolve('yes'), ['send', 'failed'])).toEqual([
      'send yes',
      'failed no send',
      'lost no failed',
    ]);
  });
});
