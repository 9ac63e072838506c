import { describe, expect, it } from '@jest/globals';
import { DeadlineWatch, Deferred } from '../../../src/foundation/index.js';

/** Keeps deadlines as a table of calls does, and tells the order in which they passed. */
function watched() {
  const due = new Map<string, number>();
  const passed: string[] = [];
  const allPassed = new Deferred<void>();
  const watch = new DeadlineWatch((now) => {
    for (const [name, dueAt] of due) {
      if (dueAt > now) continue;
      due.delete(name);
      passed.push(name);
    }
    if (due.size === 0) allPassed.resolve();
    return Math.min(Infinity, ...due.values());
  });
  const add = (name: string, inMs: number) => {
    due.set(name, performance.now() + inMs);
    watch.add(due.get(name)!);
  };
  return { add, due, passed, watch, allPassed: allPassed.promise };
}

describe('a watch of deadlines', () => {
  it('ends each at its time, in whichever order they came', async () => {
    const { add, passed, allPassed } = watched();
    add('third', 40);
    add('first', 1);
    add('second', 20);
    await allPassed;
    expect(passed).toEqual(['first', 'second', 'third']);
  });

  it('goes on with deadlines that come after all others have passed', async () => {
    const passed = [new Deferred<void>(), new Deferred<void>()];
    let next = 0;
    const watch = new DeadlineWatch(() => {
      passed[next]!.resolve();
      next += 1;
      return Infinity;
    });
    watch.add(performance.now());
    await passed[0]!.promise;
    watch.add(performance.now());
    await passed[1]!.promise;
    expect(next).toBe(2);
  });

  it('takes deadlines that lie further away than a timer can run, or never come', async () => {
    const { add, due, passed, watch } = watched();
    add('never', Infinity);
    add('in ages', 2 ** 40);
    const near = new Deferred<void>();
    const other = new DeadlineWatch(() => (near.resolve(), Infinity));
    other.add(performance.now() + 2);
    await near.promise;
    expect(passed).toEqual([]);
    expect(due.size).toBe(2);
    watch.stop();
  });
});
