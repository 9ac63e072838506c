import type { ModulePeer } from '../../wire/index.js';

type Session = Pick<ModulePeer, 'route'>;

/** A module that serves others, launch after launch. */
export interface ServingModule {
  readonly id: string;
  /** Of a service, as the module announced them; none before. */
  operationsOf(service: string): readonly string[];
  /** The session with the launch that runs now. */
  readonly running: Session | undefined;
  /** The session with the launch that runs, once one does; undefined when none will. */
  whenRunning(): Promise<Session | undefined>;
}
