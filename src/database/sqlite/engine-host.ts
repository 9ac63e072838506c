import type { WorkerReply, WorkerRequest } from './worker-messages.js';

/** What an engine tells the connection it belongs to. */
export interface EngineEvents {
  onReply(reply: WorkerReply): void;
  /** It has ended, after its last reply, and holds no lock any more. */
  onEnd(cause?: Error): void;
}

/** Where the engine of one connection runs. */
export interface EngineHost {
  /** Whether a statement says that it takes effect and has not been answered yet. */
  readonly takesEffect: boolean;
  /** Throws when the request holds what cannot be sent. */
  post(request: WorkerRequest): void;
  /**
   * Calls off what runs: `called-off` when that is certain, `takes-effect` when it is too late, and `undecided` when
   * only the end of the engine will tell.
   */
  callOff(): 'called-off' | 'takes-effect' | 'undecided';
  /** Says that every statement has its answer. */
  rest(): void;
  /** Whether it keeps this process alive. */
  keepAlive(keep: boolean): void;
  /** Ends it at once, which rolls back. Resolves when it has ended. */
  end(): Promise<void>;
}
