import type { Readable } from 'node:stream';
import { isJsonObject, type Logger, type LogLevel, logLevels, type Redactor } from '../../foundation/index.js';
import { OutputLines } from '../../logging/index.js';

const strayShown = 2_000;

/**
 * Passes on what a module prints, line by line: lines of our logger with their level and fields, everything else as
 * plain text. `logger` adds the module's name; `redactor` hides secrets the module itself does not know.
 */
export function logErrorOutput(output: Readable, logger: Logger, redactor: Redactor): void {
  const lines = new OutputLines({ redactor, onLine: (line) => logLine(line, logger) });
  output.on('data', (chunk: Buffer) => lines.push(chunk));
  output.on('end', () => lines.end());
  output.on('error', (error) => logger.warn('the standard error of the module cannot be read', { error }));
}

/** A line on the module's standard output that is no message, where messages were expected; `reason` is what is wrong with it. */
export function logStrayOutput(line: string, reason: string | undefined, logger: Logger, redactor: Redactor): void {
  const text = shown(line, redactor);
  logger.warn('stray output', { stream: 'stdout', text, ...(reason && { reason }), ...lengthOfLong(line) });
}

/** A line on the standard output of a module that speaks elsewhere. */
export function logOutput(line: string, logger: Logger, redactor: Redactor): void {
  logger.info(shown(line, redactor), { stream: 'stdout', ...lengthOfLong(line) });
}

function shown(line: string, redactor: Redactor): string {
  // Twice as much is redacted as is shown, so that no part of a secret at the cut is left.
  return redactor.redact(line.slice(0, 2 * strayShown)).slice(0, strayShown);
}

function lengthOfLong(line: string): { readonly length?: number } {
  return line.length > strayShown ? { length: line.length } : {};
}

function logLine(line: string, logger: Logger): void {
  const entry = parseEntry(line);
  if (entry) logger[entry.level](entry.message, entry.fields);
  else if (line.trim() !== '') logger.info(line, { stream: 'stderr' });
}

function parseEntry(line: string): { level: LogLevel; message: string; fields: Record<string, unknown> } | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  // A module has no say in the name its lines are logged under.
  const { time: _time, level, msg, module: _module, ...fields } = value;
  const known = logLevels.find((each) => each === level);
  return known && typeof msg === 'string' ? { level: known, message: msg, fields } : undefined;
}
