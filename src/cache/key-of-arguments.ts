import { CacheError } from './cache-error.js';

/**
 * Arguments as text, in the form of JSON, that is the same for equal ones: the properties of objects in order, undefined at the end left out.
 * Takes what JSON tells apart: texts, finite numbers, booleans, null, dates, and lists and plain objects of them. Anything
 * else might make one key of two calls and is refused with CacheError OPERATION; `where` names the method.
 */
export function keyOfArguments(args: readonly unknown[], where: string): string {
  return jsonOf(args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1), where, []);
}

function jsonOf(value: unknown, where: string, within: readonly object[]): string {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value !== 'object') throw refused(typeof value === 'number' ? String(value) : typeof value, where);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return `Date(${value.getTime()})`;
  if (within.includes(value)) throw refused('an object that contains itself', where);
  const inside = [...within, value];
  if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item, where, inside)).join(',')}]`;
  if (isPlain(value)) return `{${propertiesOf(value, where, inside).join(',')}}`;
  throw refused(`a ${value.constructor.name}`, where);
}

function propertiesOf(object: object, where: string, within: readonly object[]): string[] {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${JSON.stringify(name)}:${jsonOf(value, where, within)}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function refused(what: string, where: string): CacheError {
  const message = `@Cached method ${where} was called with ${what}, of which no key can be made; pass a key: @Cached({ key: (id) => \`user:\${id}\` })`;
  return new CacheError('OPERATION', message);
}
