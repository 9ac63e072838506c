import type { Class } from '../container/index.js';
import type { Duration } from '../foundation/index.js';

/** How one operation of a service is called. Params and result without a class are plain JSON, which nobody checks. */
export interface Operation<P, R> {
  /** A class with class-validator rules: params are checked before they are sent and again where they arrive. */
  readonly params?: Class<P>;
  /** The same for the result. */
  readonly result?: Class<R>;
  /** How long the implementation may take. Default `30s`. */
  readonly timeout?: Duration;
  /**
   * Whether it may as well be done twice: a call whose answer was lost with a channel is then made once more within its
   * time, and fails after that as one to try again, CONNECTION, and not with OUTCOME_UNKNOWN. Default false.
   */
  readonly idempotent?: boolean;
}

/** Any operation. Says nothing of classes, or TypeScript would take P and R from here where `operation()` names none. */
export interface AnyOperation {
  readonly params?: object;
  readonly result?: object;
  readonly timeout?: Duration;
  readonly idempotent?: boolean;
}

/** The operations of a service, by name. */
export type OperationTable = Readonly<Record<string, AnyOperation>>;

/**
 * One line of an operation table: `operation<{ ip: string }, { country: string }>()` for plain JSON,
 * `operation({ params: AnnotateRequest, result: Annotation })` for instances that are checked. With both, one end may be
 * plain: `operation<Query, string[]>({ params: Query })`.
 */
export function operation<P = void, R = void>(options: Operation<P, R> = {}): Operation<P, R> {
  return options;
}
