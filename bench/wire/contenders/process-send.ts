import type { Contender } from '../contender.js';

interface Envelope {
  readonly id: number;
  readonly value: string;
}

export const processSend: Contender = {
  name: 'process.send',
  serve() {
    process.on('message', (message: Envelope | string) => {
      if (typeof message === 'object') process.send!(message);
    });
  },
  connect({ child }) {
    const waiting = new Map<number, (value: string) => void>();
    let calls = 0;
    child.on('message', (message: Partial<Envelope>) => {
      if (message.id === undefined) return;
      waiting.get(message.id)?.(message.value!);
      waiting.delete(message.id);
    });
    return ({ text }) =>
      new Promise((resolve) => {
        calls += 1;
        waiting.set(calls, resolve);
        child.send({ id: calls, value: text });
      });
  },
};
