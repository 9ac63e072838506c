import { didYouMean, type LogLevel, logLevels, ValueError } from '../foundation/index.js';

/** The level somebody wrote, in any case; `info` when nothing is written. Throws `ValueError` naming `what` otherwise. */
export function parseLogLevel(text: string | undefined, what = 'LOG_LEVEL'): LogLevel {
  const wanted = text?.trim().toLowerCase();
  if (wanted === undefined || wanted === '') return 'info';
  const level = logLevels.find((each) => each === wanted);
  if (level) return level;
  throw new ValueError(
    `${what} '${text}' is not a log level: write ${logLevels.join(', ')}${didYouMean(wanted, logLevels)}`,
  );
}
