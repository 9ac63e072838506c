import { describeKey } from '../../container/index.js';
import { messageOf, type Redactor, withDeadline } from '../../foundation/index.js';
import { type RotationContext, type RotationReason, rotationHooksOf } from './on-secret-rotated.js';
import { SecretError } from '../secret-error.js';
import { SecretValue } from '../secret-value.js';

/** One hook about to run for one secret. */
export interface HookCall {
  /** `OrderService.onKey`. */
  readonly hook: string;
  readonly name: string;
  run(next: SecretValue<unknown>, previous: SecretValue<unknown>, context: RotationContext): unknown;
}

/** What all hook calls of one rotation share. */
export interface RotationTerms {
  readonly rotationId: string;
  readonly reason: RotationReason;
  readonly deadline: Date;
  readonly overlapUntil: Date;
}

/** A value of a secret, as hooks are given it. */
export interface HookValue {
  readonly hookValue: unknown;
  readonly version: string | undefined;
}

/** The rotation hooks of a module's instances, in the order the instances were added. */
export class RotationHooks {
  readonly #calls: HookCall[] = [];
  readonly #instances = new WeakSet<object>();

  constructor(private readonly redactor: Redactor) {}

  add(instance: object): void {
    if (this.#instances.has(instance)) return;
    this.#instances.add(instance);
    const seen = new Set<string>();
    for (const { names, method } of rotationHooksOf(instance.constructor)) {
      const hook = `${describeKey(instance.constructor)}.${String(method)}`;
      for (const name of names) {
        if (seen.has(`${hook} ${name}`)) continue;
        seen.add(`${hook} ${name}`);
        const run = (...args: unknown[]) =>
          (instance as Record<string | symbol, (...args: unknown[]) => unknown>)[method]!(...args);
        this.#calls.push({ hook, name, run });
      }
    }
  }

  callsFor(name: string): readonly HookCall[] {
    return this.#calls.filter((call) => call.name === name);
  }

  /**
   * Runs one hook. Rejects with `SecretError` ROTATION_REJECTED, naming hook and reason, when it throws or misses the
   * deadline; `onLate` is called if it finishes all the same afterwards.
   */
  async run(
    call: HookCall,
    next: HookValue,
    previous: HookValue,
    terms: RotationTerms,
    onLate: () => void,
  ): Promise<void> {
    const { name } = call;
    const ms = terms.deadline.getTime() - Date.now();
    const missed = () =>
      this.#rejection(call, terms, `it did not finish before the deadline, ${terms.deadline.toISOString()}`);
    if (ms <= 0) throw missed();
    const controller = new AbortController();
    const { rotationId, reason, deadline, overlapUntil } = terms;
    const version = next.version ?? rotationId;
    const context: RotationContext = {
      rotationId,
      name,
      reason,
      version,
      deadline,
      overlapUntil,
      signal: controller.signal,
    };
    const work = invoke(call, next, previous, context);
    let late: SecretError | undefined;
    try {
      await withDeadline(work, ms, () => (late = missed()));
    } catch (error) {
      if (late === undefined || error !== late) throw this.#rejection(call, terms, messageOf(error), error);
      controller.abort(late);
      work.then(onLate, () => undefined);
      throw late;
    }
  }

  #rejection(
    { hook, name }: HookCall,
    { reason, rotationId }: RotationTerms,
    why: string,
    cause?: unknown,
  ): SecretError {
    const what = reason === 'rotation' ? 'rejected the rotation' : 'failed in the rollback';
    return new SecretError('ROTATION_REJECTED', this.redactor.redact(`${hook} ${what} of '${name}': ${why}`), {
      details: { hook, name, rotationId },
      ...(cause === undefined ? {} : { cause: this.#redacted(cause) }),
    });
  }

  /** What a hook threw, as far as it can be shown: the values it was given may stand in any of its texts and fields. */
  #redacted(thrown: unknown): Error {
    const shown = new Error(this.redactor.redact(messageOf(thrown)));
    if (!(thrown instanceof Error)) return shown;
    // Programs may set them to anything.
    const text = (part: unknown) => this.redactor.redact(typeof part === 'string' ? part : '');
    return Object.assign(shown, { name: text(thrown.name) || 'Error', stack: text(thrown.stack) });
  }
}

/** Async, so that what a hook throws at once is a rejection too. */
async function invoke(
  call: HookCall,
  next: HookValue,
  previous: HookValue,
  context: RotationContext,
): Promise<unknown> {
  const fixed = ({ hookValue, version }: HookValue) => new SecretValue(call.name, hookValue, version);
  return call.run(fixed(next), fixed(previous), context);
}
