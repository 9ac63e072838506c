import { describeKey, type Instance } from '../container/index.js';
import { BootError, type Logger, messageOf, withDeadline } from '../foundation/index.js';
import type { OnStart, OnStop } from './module.js';

/** Runs `onStart` of every instance, dependencies first. The first failure stops, naming its class. */
export async function startAll(
  instances: readonly Instance[],
  onStep: (what: string | undefined) => void,
): Promise<void> {
  for (const { node, value } of instances) {
    if (!hasHook<OnStart>(value, 'onStart')) continue;
    const what = `${describeKey(node.key)}.onStart`;
    onStep(what);
    try {
      await value.onStart();
    } catch (error) {
      throw new BootError('LIFECYCLE_FAILED', `${what} failed: ${messageOf(error)}`, { cause: error });
    }
  }
  onStep(undefined);
}

/** Runs `onStop` of every instance in reverse order, each with its own deadline; failures are logged, never thrown. */
export async function stopAll(instances: readonly Instance[], timeoutMs: number, logger: Logger): Promise<void> {
  for (const { node, value } of instances.toReversed()) {
    if (!hasHook<OnStop>(value, 'onStop')) continue;
    const what = `${describeKey(node.key)}.onStop`;
    try {
      const late = () => new BootError('LIFECYCLE_FAILED', `${what} did not finish within ${timeoutMs} ms`);
      await withDeadline(Promise.resolve(value.onStop()), timeoutMs, late);
    } catch (error) {
      logger.error(`${what} failed`, { error });
    }
  }
}

function hasHook<T extends object>(value: unknown, hook: keyof T): value is T {
  return (
    typeof value === 'object' && value !== null && typeof (value as Record<PropertyKey, unknown>)[hook] === 'function'
  );
}
