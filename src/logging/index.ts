export { createLogger, type LoggerOptions } from './create-logger.js';
export { type GuardedStream, guardOutput, type OutputGuard, type OutputGuardOptions } from './guard-output.js';
export { parseLogLevel } from './log-level.js';
export { type KeyedRedactor, loggable } from './loggable.js';
export { JoinedLines } from './joined-lines.js';
export { cutMark, OutputLines, type OutputLinesOptions } from './output-lines.js';
export { redactionMark } from './hidden-ranges.js';
export { isHarmlessUnder } from './sensitive-key.js';
export { SecretRedactor, type SecretRedactorOptions } from './secret-redactor.js';
export {
  type InstalledRedaction,
  installRedaction,
  redactSecrets,
  type SharedSecrets,
  shareSecrets,
} from './process-redaction.js';
export { redactAnswer } from './redact-answer.js';
export { keyedRedactor, redactedJson } from './redacted-json.js';
export { tolerateLostReaders } from './tolerate-lost-readers.js';
export type { SecretFinder } from './stream-redactor.js';
