import { isJsonObject, type JsonObject, type JsonValue } from '../foundation/index.js';

/** One log entry for people: `12:00:01.123 INFO  message key=value`, an error below it. */
export function prettyLine({ time, level, msg, error, ...facts }: JsonObject): string {
  const rest = Object.entries(facts).map(([key, value]) => ` ${key}=${plainWord(value) ?? JSON.stringify(value)}`);
  const head = `${text(time).slice(11, 23)} ${text(level).toUpperCase().padEnd(5)} ${indented(text(msg))}${rest.join('')}`;
  return error === undefined ? head : `${head}\n    ${indented(errorText(error))}`;
}

function plainWord(value: JsonValue): string | undefined {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : undefined;
}

/** Continuation lines are indented, so that a message cannot pass for a line of its own. */
function indented(lines: string): string {
  return lines.replaceAll(/\r?\n|\r/g, '\n    ');
}

function errorText(error: JsonValue): string {
  if (!isJsonObject(error)) return text(error);
  const { name, code, message, stack, details, cause, errors } = error;
  const causes = [cause, ...(Array.isArray(errors) ? (errors as JsonValue[]) : [])].filter(
    (each) => each !== undefined,
  );
  return [
    stack === undefined ? `${text(name)}: ${text(message)}` : text(stack),
    ...(code === undefined ? [] : [`code: ${text(code)}`]),
    ...(details === undefined ? [] : [`details: ${text(details)}`]),
    ...causes.map((each) => `caused by: ${errorText(each)}`),
  ].join('\n');
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
