import { isWireObject, type WireJson } from '../../src/wire/index.js';
import { readExactJson } from '../../src/wire/json/exact-json.js';

/** Where two JSON texts differ in meaning, or undefined. The order of keys and the notation of a number mean nothing. */
export function differenceOf(actual: string, expected: string): string | undefined {
  return difference(readExactJson(actual).value, readExactJson(expected).value, '');
}

function difference(actual: WireJson | undefined, expected: WireJson | undefined, path: string): string | undefined {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (actual.length !== expected.length) return `${path}: ${actual.length} items instead of ${expected.length}`;
    return first(
      expected.map((item: WireJson, index) => difference(actual[index] as WireJson, item, `${path}[${index}]`)),
    );
  }
  if (isWireObject(expected) && isWireObject(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return first([...keys].map((key) => difference(actual[key], expected[key], `${path}.${key}`)));
  }
  return isSameScalar(actual, expected) ? undefined : `${path}: ${show(actual)} instead of ${show(expected)}`;
}

function isSameScalar(actual: WireJson | undefined, expected: WireJson | undefined): boolean {
  const areNumbers = [actual, expected].every((value) => typeof value === 'number' || typeof value === 'bigint');
  // oxlint-disable-next-line eqeqeq -- 2n and 2 are the same number, and nothing is rounded in comparing them
  return areNumbers ? actual == expected : actual === expected;
}

const first = (found: readonly (string | undefined)[]) => found.find((item) => item !== undefined);

function show(value: WireJson | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'bigint'
    ? `${value}`
    : JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}` : item));
}
