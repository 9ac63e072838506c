import type { ModuleSession, ModuleSessionHandlers } from '../wire/index.js';

/** What a module does with what its orchestrator asks. */
export interface SessionHandlers extends ModuleSessionHandlers {
  /** A new orchestrator has taken the module over: it is announced there once this has settled. */
  reattached?(): Promise<void>;
}

/** The session of a module with its orchestrator: one `ModuleSession`, or a `LastingSession` over several. */
export interface OrchestratorSession extends Pick<
  ModuleSession,
  'init' | 'extensions' | 'streams' | 'announce' | 'getSecret' | 'openService' | 'requestPort' | 'close'
> {
  serve(handlers: SessionHandlers): void;
}
