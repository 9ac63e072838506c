import { expect, it } from '@jest/globals';
import { AwaitedAnswers } from '../../../../src/database/mysql/awaited-answers.js';
import { MysqlResponse } from '../../../../src/database/mysql/mysql-response.js';

const asked = (own?: () => void) => ({ response: new MysqlResponse('single'), command: 3, ...(own && { own }) });
const text = (locals: readonly Uint8Array[]) => locals.map((local) => Buffer.from(local).toString());

it('keeps answers in the order in which they were asked for', () => {
  const awaited = new AwaitedAnswers();
  const [first, second] = [asked(), asked()];
  awaited.ask(first);
  awaited.answer(Buffer.from('refused'));
  awaited.ask(second);
  expect(awaited.takeLocals()).toEqual([]);
  expect(awaited.asked).toBe(first);
  awaited.settle();
  expect(awaited.asked).toBeUndefined();
  expect(awaited.isRunning).toBe(true);
  expect(text(awaited.takeLocals())).toEqual(['refused']);
  expect(awaited.asked).toBe(second);
  awaited.settle();
  expect(awaited).toMatchObject({ isEmpty: true, isRunning: false, isDriverWaiting: false });
});

it('tells what the driver asked from questions of the relay', () => {
  const awaited = new AwaitedAnswers();
  const own = (): void => undefined;
  awaited.ask(asked(own));
  expect(awaited).toMatchObject({ isRunning: false, isDriverWaiting: false, askedByDriver: undefined });
  expect([awaited.isOwn(own), awaited.isOwn(() => undefined)]).toEqual([true, false]);
  awaited.ask(asked());
  awaited.answer(Buffer.from('refused'));
  awaited.failAll(Buffer.from('failed'));
  expect(text(awaited.takeLocals())).toEqual(['failed', 'refused']);
  expect(awaited.isEmpty).toBe(true);
});

it('takes so many ahead of their answers and no more', () => {
  const awaited = new AwaitedAnswers();
  for (let count = 0; count < 1000; count += 1) {
    expect(awaited.isFull).toBe(false);
    awaited.ask(asked());
  }
  expect(awaited.isFull).toBe(true);
});
