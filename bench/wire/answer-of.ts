import type { ChildProcess } from 'node:child_process';

const deadlineMs = 60_000;

/** That member of the next message of the child that has it. Rejects when the child ends before, or says nothing. */
export function answerOf<T>(child: ChildProcess, member: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void) => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      settled();
    };
    const fail = (how: string) => settle(() => reject(new Error(`a child did not say '${member}': ${how}`)));
    const timer = setTimeout(() => fail(`nothing within ${deadlineMs} ms`), deadlineMs);
    const onExit = () => fail('it ended');
    const onMessage = (message: Record<string, T | undefined>) => {
      const answer = message[member];
      if (answer !== undefined) settle(() => resolve(answer));
    };
    child.on('message', onMessage).on('exit', onExit);
  });
}
