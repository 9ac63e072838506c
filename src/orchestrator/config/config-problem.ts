import type { JsonObject } from '../../foundation/index.js';
import { OrchestratorError } from '../orchestrator-error.js';

export type ConfigPath = readonly (string | number)[];

/** One mistake in a configuration. */
export interface ConfigProblem {
  /** Where it is; empty when it concerns the whole file. */
  readonly path: ConfigPath;
  /** What is wrong and what to write instead. */
  readonly message: string;
  /** Counted from 1; only for a configuration that came from a file. */
  readonly position?: { readonly line: number; readonly column: number };
}

/** `modules.orders.command`, `secrets[1].file`. */
export function formatConfigPath(path: ConfigPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** One CONFIG_INVALID that lists every problem, in `message` for people and in `details.problems` for programs. */
export function configInvalid(source: string, problems: readonly ConfigProblem[]): OrchestratorError {
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
  const lines = problems.map((problem) => `  - ${describe(problem)}`);
  return new OrchestratorError('CONFIG_INVALID', `${source} has ${count}:\n${lines.join('\n')}`, {
    details: { source, problems: problems.map(toDetails) },
  });
}

function describe({ path, message, position }: ConfigProblem): string {
  const place = position ? ` (line ${position.line}, column ${position.column})` : '';
  return path.length === 0 ? `${message}${place}` : `${formatConfigPath(path)}: ${message}${place}`;
}

function toDetails({ path, message, position }: ConfigProblem): JsonObject {
  return { path: formatConfigPath(path), message, ...(position && { line: position.line, column: position.column }) };
}
