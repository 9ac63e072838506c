import type { Readable } from 'node:stream';
import { isJsonObject, type Logger, type LogLevel, logLevels, type Redactor } from '../../foundation/index.js';
import { JoinedLines, OutputLines } from '../../logging/index.js';

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

/**
 * Logs lines on a module's standard output that are no messages, where messages were expected; `reason` is what is wrong
 * with a line. Of lines that are shown together it is that of the last.
 */
export function strayOutput(logger: Logger, redactor: Redactor): (line: string, reason?: string) => void {
  let reason: string | undefined;
  const show = shortened(redactor, (text, fields) =>
    logger.warn('stray output', { stream: 'stdout', text, ...(reason && { reason }), ...fields }),
  );
  return (line, why) => {
    reason = why;
    show(line);
  };
}

/** Logs lines on the standard output of a module that speaks elsewhere. */
export function printedOutput(logger: Logger, redactor: Redactor): (line: string) => void {
  return shortened(redactor, (text, fields) => logger.info(text, { stream: 'stdout', ...fields }));
}

/** Redacts lines; of long ones the beginning is shown, and how long they are. */
function shortened(
  redactor: Redactor,
  show: (text: string, fields: { readonly length?: number }) => void,
): (line: string) => void {
  const lines = new JoinedLines(redactor, (line) => show(line, {}));
  return (line) => {
    if (line.length <= strayShown) return lines.push(line);
    lines.flush();
    // Twice as much is redacted as is shown, so that no part of a secret at the cut is left.
    show(redactor.redact(line.slice(0, 2 * strayShown)).slice(0, strayShown), { length: line.length });
  };
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
