import type { ModulePeer } from '../../wire/index.js';

/** A module that serves others, launch after launch. */
export interface ServingModule {
  readonly id: string;
  /** The session with the launch that runs, once one does; undefined when none will. */
  whenRunning(): Promise<Pick<ModulePeer, 'route'> | undefined>;
}
