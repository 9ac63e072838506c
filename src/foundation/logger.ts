export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Writes structured lines. Implementations redact secret values and never write to stdout, which belongs to the wire. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

/** Facts beside the message; errors under the key `error` are written with code, stack and causes. */
export type LogFields = Readonly<Record<string, unknown>>;
