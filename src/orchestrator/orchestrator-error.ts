import { didYouMean, type ErrorCodeOf, PyWattError, type PyWattErrorOptions } from '../foundation/index.js';

/** The orchestrator, its configuration or one of its modules is not as it should be. */
export class OrchestratorError extends PyWattError<'orchestrator'> {
  constructor(code: ErrorCodeOf<'orchestrator'>, message: string, options?: PyWattErrorOptions) {
    super('orchestrator', code, message, options);
  }
}

export function moduleNotFound(moduleId: string, known: Iterable<string>): OrchestratorError {
  const ids = [...known];
  return new OrchestratorError(
    'MODULE_NOT_FOUND',
    `there is no module '${moduleId}'${didYouMean(moduleId, ids) || `: the modules are ${ids.join(', ')}`}`,
    { details: { moduleId } },
  );
}
