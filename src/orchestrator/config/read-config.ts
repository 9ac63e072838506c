import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Document, LineCounter, YAMLError } from 'yaml';
import { messageOf } from '../../foundation/index.js';
import { type ConfigPath, type ConfigProblem, configInvalid } from './config-problem.js';
import type { OrchestratorConfig } from './orchestrator-config.js';

export interface ReadConfigOptions {
  /** Ids of the services that will be served: each that a module was granted must be one. Default: not compared. */
  readonly services?: readonly string[];
  /** Names of caches that the program hands in. */
  readonly caches?: readonly string[];
}

/**
 * Reads a pywatt.config.yaml. Relative paths in it start at its directory. Throws CONFIG_INVALID when the file cannot be
 * read, or listing every mistake in it with path, line and column.
 */
export async function readConfig(
  path = 'pywatt.config.yaml',
  { services, caches }: ReadConfigOptions = {},
): Promise<OrchestratorConfig> {
  const file = resolve(path);
  const text = await readText(file);
  const [{ LineCounter, parseDocument }, { parseConfig }] = await Promise.all([
    import('yaml'),
    import('./parse-config.js'),
  ]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map((error) => toProblem(error, lines));
  const readable = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  if (!readable) throw configInvalid(basename(file), problems);
  return parseConfig(toValue(document, basename(file), problems), dirname(file), {
    source: basename(file),
    memorySecrets: false,
    services,
    caches,
    problems,
    locate: (at) => locate(document, lines, at),
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const cure = 'write one, or name another file with --config';
    throw configInvalid(basename(file), [{ path: [], message: `cannot be read (${messageOf(error)}): ${cure}` }]);
  }
}

function toValue(document: Document, source: string, problems: readonly ConfigProblem[]): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw configInvalid(source, [...problems, { path: [], message: messageOf(error) }]);
  }
}

function toProblem(error: YAMLError, lines: LineCounter): ConfigProblem {
  return { path: [], message: `YAML: ${error.message}`, position: position(error.pos[0], lines) };
}

/** Where the value at `path` stands, or the nearest thing around it that exists. */
function locate(document: Document, lines: LineCounter, path: ConfigPath): ConfigProblem['position'] {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true) as { range?: readonly number[] } | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) return position(start, lines);
  }
  return undefined;
}

function position(offset: number, lines: LineCounter): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
