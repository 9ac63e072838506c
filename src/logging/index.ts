export { createLogger, type LoggerOptions } from './create-logger.js';
export { type GuardedStream, guardOutput, type OutputGuard, type OutputGuardOptions } from './guard-output.js';
export { parseLogLevel } from './log-level.js';
export { loggable } from './loggable.js';
export { cutMark, OutputLines, type OutputLinesOptions } from './output-lines.js';
export { redactionMark } from './hidden-ranges.js';
export { SecretRedactor, type SecretRedactorOptions } from './secret-redactor.js';
export { tolerateLostReaders } from './tolerate-lost-readers.js';
