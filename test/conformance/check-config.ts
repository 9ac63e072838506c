import { decodeParameters, encodeParameters } from '../../src/database/wire-values.js';
import type { SqlValue } from '../../src/database/index.js';
import { writeJson } from '../../src/wire/json/write-json.js';
import { readExactJson } from '../../src/wire/json/exact-json.js';
import { checkRoundTrip } from './check-round-trip.js';
import { differenceOf } from './same-json.js';
import { fail, textOf, type Vector } from './vector.js';

/** Parameters a plain peer cannot bind, by what Rust says of them. */
const refused: readonly (readonly [RegExp, SqlValue])[] = [
  [/NaN/, Number.NaN],
  [/-inf/, Number.NEGATIVE_INFINITY],
  [/inf/, Number.POSITIVE_INFINITY],
  [/[Nn]ested arrays/, [[1]]],
];

export function checkConfig(vector: Vector): void {
  const [type = ''] = vector.name.split('/');
  if (type !== 'database_params')
    return checkRoundTrip({ ...vector, fields: { ...vector.fields, op: undefined } }, type);
  if (vector.fields['wire'] === null) return checkRefused(vector);
  const wire = textOf(vector, 'wire');
  const read = decodeParameters(readExactJson(wire).value, undefined);
  const difference = differenceOf(writeJson(encodeParameters(read, false).params), wire);
  if (difference !== undefined) fail(`the parameters differ: ${difference}`);
}

function checkRefused(vector: Vector): void {
  const error = textOf(vector, 'error');
  const [, value] =
    refused.find(([pattern]) => pattern.test(error)) ?? fail(`it is not known which parameter: ${error}`);
  let written: unknown;
  try {
    written = encodeParameters([value], false).params;
  } catch {
    return;
  }
  fail(`we send ${writeJson(written)}`);
}
