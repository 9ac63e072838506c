import type { ModulePeer } from '../../wire/index.js';

/** With one launch of a module. */
export type ServingSession = Pick<ModulePeer, 'route'>;

/** A module that serves others, launch after launch. */
export interface ServingModule {
  readonly id: string;
  /** Of a service, as the module announced them; none before. */
  operationsOf(service: string): readonly string[];
  /** The session with the launch that runs now. */
  readonly running: ServingSession | undefined;
  /**
   * The session with a launch that runs, and is not that of `gone`, once one does; undefined when none will. Nobody waits
   * any more once `signal` has aborted.
   */
  whenRunning(gone: ServingSession | undefined, signal: AbortSignal): Promise<ServingSession | undefined>;
}
