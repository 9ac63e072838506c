import { parseJson } from '../../../src/wire/json/parse-json.js';
import { writeJson } from '../../../src/wire/json/write-json.js';

/** What is left of a value at the far end of a channel of lines: JSON, with bytes as base64. */
export function overLines<T>(value: T): T {
  return parseJson(writeJson(value), 'fast').value as T;
}
