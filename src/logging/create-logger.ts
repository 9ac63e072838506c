import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type LogFields,
  type Logger,
  type LogLevel,
  logLevels,
  type Redactor,
} from '../foundation/index.js';
import { loggable } from './loggable.js';
import { prettyLine } from './pretty-line.js';

export interface LoggerOptions {
  /** Lines below this level are dropped. Default `info`. */
  readonly level?: LogLevel;
  readonly redactor: Redactor;
  /** `json` is one object per line; `pretty` is for people at a terminal. Default `json`. */
  readonly format?: 'json' | 'pretty';
  /** Facts on every line, such as the module's id. */
  readonly fields?: LogFields;
  /** Receives each finished line, without its newline. Default: standard error. */
  readonly write?: (line: string) => void;
}

/**
 * A logger whose lines are redacted. JSON lines begin with `time` (ISO 8601, UTC), `level` and `msg`; a field of one of
 * these names is written with an underscore after it. Logging never throws, whatever the fields are.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level = 'info', format = 'json', redactor, fields = {} } = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const render = format === 'json' ? (entry: JsonObject) => JSON.stringify(entry) : prettyLine;
  return new LineLogger(logLevels.indexOf(level), (entry) => write(render(entry)), redactor, fields);
}

class LineLogger implements Logger {
  constructor(
    private readonly lowest: number,
    private readonly emit: (entry: JsonObject) => void,
    private readonly redactor: Redactor,
    private readonly fields: LogFields,
  ) {}

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new LineLogger(this.lowest, this.emit, this.redactor, { ...this.fields, ...fields });
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (logLevels.indexOf(level) < this.lowest) return;
    const facts = loggable({ ...this.fields, ...fields }, this.redactor);
    const own = { time: new Date().toISOString(), level, msg: this.redactor.redact(message) };
    const others = Object.entries(isJsonObject(facts) ? facts : {}).map(
      ([key, value]) => [Object.hasOwn(own, key) ? `${key}_` : key, value] as const,
    );
    this.emit(Object.fromEntries<JsonValue>([...Object.entries(own), ...others]));
  }
}
