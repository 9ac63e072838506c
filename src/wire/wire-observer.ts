import type { ModuleMessage, OrchestratorMessage } from './messages.js';
import type { ServiceType } from './service.js';

/**
 * Why something that came in was not taken: no message at all; a message with an op nobody knows; a message without the
 * nonce of this launch, so not from the SDK in the module; a line too long or not UTF-8; an answer nobody waits for.
 */
export type DropReason = 'not_a_message' | 'unknown_op' | 'no_nonce' | 'broken_line' | 'unexpected_answer';

/** What may be called over the wire: an operation of a service, a request to the module, a call of what it serves to others, or something of our own. */
export type CalledService = ServiceType | 'http' | 'served' | 'secret' | 'port' | 'route' | 'rotation';

/** Says that a call has been answered, and whether it succeeded. Called once. */
export type CallEnd = (succeeded: boolean) => void;

/**
 * Watches one session of the orchestrator with a module. It is called for every message, before the message is handled,
 * so it must be quick, never throw, and never change or keep what it is shown. Names of operations come from the peer.
 */
export interface WireObserver {
  /** `bytes` is the message on the channel, `queuedBytes` what waits there to be written. */
  sent(message: OrchestratorMessage, bytes: number, queuedBytes: number): void;
  received(message: ModuleMessage, bytes: number): void;
  dropped(reason: DropReason, bytes: number): void;
  /** A call begins: one the module makes, or for `http`, `served` and `rotation` one that is made of it. */
  called(service: CalledService, operation: string): CallEnd;
  /** A heartbeat was acknowledged; `lagMs` is how far behind the module's event loop was, from modules that tell. */
  heartbeat(roundTripMs: number, lagMs: number | undefined): void;
}

/** The same answer, whose end the observer is told. */
export function watched<T>(
  answer: Promise<T>,
  end: CallEnd | undefined,
  succeeded: (answer: T) => boolean,
): Promise<T> {
  if (end === undefined) return answer;
  answer.then(
    (value) => end(succeeded(value)),
    () => end(false),
  );
  return answer;
}
