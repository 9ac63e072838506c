import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/foundation/index.js';
import type { WireJson } from '../../../src/wire/index.js';

/** Text of any characters, but for half surrogate pairs, which no line can hold. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '__proto__', 'op', '\u2028', '😀', '\\ud800', 'null', '\u0000'),
);

/** A finite number that JSON keeps as it is, which -0 is not. */
const float = fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0);
const beyondSafe = fc.oneof(
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
);

/** Any JSON the wire carries, integers of 64 bits included. */
export const wireJson: fc.Arbitrary<WireJson> = fc.letrec<{ value: WireJson }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    float,
    beyondSafe,
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** The same without bigint, as errors and logs carry it. */
export const jsonObject: fc.Arbitrary<JsonObject> = fc.dictionary(
  text,
  fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      text,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(text, tie('value'), { maxKeys: 3 }),
    ),
  })).value,
  { maxKeys: 4 },
);
