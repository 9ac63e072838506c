import { type Class, ClassMetadata, decoratorProblems, placeOf } from '../../container/index.js';
import type { SecretValue } from '../secret-value.js';

export type RotationReason = 'rotation' | 'rollback';

/** What a rotation hook is told beside the two values. */
export interface RotationContext {
  readonly rotationId: string;
  /** The secret that rotates: one hook may serve several. */
  readonly name: string;
  /** `rollback` when a rotation this hook had accepted was rejected elsewhere; `next` is then the value of before. */
  readonly reason: RotationReason;
  /** The version of `next`. */
  readonly version: string;
  /** When the rotation is rejected unless every hook has finished. */
  readonly deadline: Date;
  /** How long the value that is not in force any more is still accepted elsewhere. */
  readonly overlapUntil: Date;
  /** Aborts at the deadline. */
  readonly signal: AbortSignal;
}

/** One decorated method. */
export interface RotationHook {
  readonly names: readonly string[];
  readonly method: string | symbol;
}

const rotationHooks = new ClassMetadata<RotationHook>();

type HookMethod = (next: SecretValue<never>, previous: SecretValue<never>, context: RotationContext) => unknown;
type HookDecorator = <T extends HookMethod>(
  target: object,
  method: string | symbol,
  descriptor?: TypedPropertyDescriptor<T>,
) => void;

/**
 * Marks a method, of any provider or of the module class, that runs when one of the named secrets rotates:
 * `(next: SecretValue, previous: SecretValue, context: RotationContext)`. Both values are fixed, and parsed as the module
 * declares the secret (as text where it declares several forms). Throwing, or not finishing before the deadline, rejects
 * the rotation everywhere. Hooks run one after another; injected handles switch after all of them.
 */
export function OnSecretRotated(...names: string[]): HookDecorator {
  return (target, method, descriptor) => {
    const owner = typeof target === 'function' ? target : target.constructor;
    const mistake = mistakeIn(names, target, descriptor);
    if (mistake === undefined) return rotationHooks.add(owner, { names, method });
    decoratorProblems.add(owner, {
      code: 'BAD_DECORATOR',
      where: placeOf(owner, method),
      message: `@OnSecretRotated ${mistake}`,
    });
  };
}

function mistakeIn(
  names: readonly string[],
  target: object,
  descriptor: PropertyDescriptor | undefined,
): string | undefined {
  if (names.length === 0 || names.some((name) => typeof name !== 'string' || name === '')) {
    return "needs the names of secrets, such as @OnSecretRotated('STRIPE_KEY')";
  }
  if (typeof target === 'function') return 'stands on a static member; use it on an instance method';
  return typeof descriptor?.value === 'function' ? undefined : 'stands on something that is not a method';
}

/** The hooks of a class, those of its base classes first. */
export function rotationHooksOf(owner: object): readonly RotationHook[] {
  return rotationHooks.of(owner);
}

/** The secrets that hooks of these classes wait for; boot reads them even where nothing injects them. */
export function rotatedSecretNames(classes: Iterable<Class>): string[] {
  return [...new Set([...classes].flatMap((owner) => rotationHooks.of(owner).flatMap((hook) => hook.names)))];
}
