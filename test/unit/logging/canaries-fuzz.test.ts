import { describe, it } from '@jest/globals';
import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { WireError } from '../../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../../src/logging/index.js';
import { StreamRedactor } from '../../../src/logging/stream-redactor.js';
import { encodeError } from '../../../src/wire/error-frame.js';
import { expectHolds } from '../wire/property.js';

const hostile = [
  '\n',
  '\r\n',
  '\t',
  ' ',
  '"',
  "'",
  '`',
  '\\',
  '\\n',
  '%',
  '%41',
  '+',
  '/',
  '=',
  '$&',
  '$1',
  '.*',
  '(?:',
  '[',
  '^',
  '{',
  '}',
  '<b>',
  '\u0000',
  '\u001b[31m',
  'é',
  'ß',
  '😀',
  '\u202e',
  '[REDACTED]',
];
const letters = fc.string({ unit: fc.constantFrom(...'abcdefXYZ0123456789'), minLength: 1, maxLength: 6 });
/** No ordinary text has one: at least ten characters, the first and last of them of no hostile kind. */
const canary = fc
  .tuple(fc.uuid(), fc.array(fc.oneof(letters, fc.constantFrom(...hostile)), { maxLength: 8 }))
  .map(([id, parts]) => `k${id.slice(0, 5)}${parts.join('')}${id.slice(-5)}z`);
/** Some, and some that contain another. */
const canaries = fc
  .tuple(fc.array(canary, { minLength: 1, maxLength: 4 }), fc.array(fc.tuple(canary, fc.nat(), fc.boolean())))
  .map(([plain, around]) => [
    ...plain,
    ...around.map(([outer, place, isFirst]) => {
      const inner = plain[place % plain.length]!;
      return isFirst ? `${inner}${outer}` : `${outer.slice(0, 6)}${inner}${outer.slice(6)}`;
    }),
  ]);
const text = fc.array(fc.oneof(letters, fc.constantFrom(...hostile)), { maxLength: 4 }).map((parts) => parts.join(''));

/** The ways in which programs write a value, as text around it. */
const written: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => JSON.stringify(value),
  (value) => JSON.stringify({ nested: JSON.stringify([value]) }),
  (value) => Buffer.from(`user:${value}`).toString('base64'),
  (value) => Buffer.from(`u:${value}!`).toString('base64url'),
  (value) => Buffer.from(value).toString('hex'),
  (value) => encodeURIComponent(value),
  (value) => new URLSearchParams({ key: value }).toString(),
];
const planted = fc.tuple(canaries, fc.array(fc.tuple(text, fc.nat(), fc.nat(written.length - 1)), { minLength: 1 }));

function redactorOf(values: readonly string[]): SecretRedactor {
  const redactor = new SecretRedactor();
  for (const value of values) redactor.add(value);
  return redactor;
}

/** Text with canaries in it, each in one of the ways. */
function plant(values: readonly string[], places: readonly (readonly [string, number, number])[]): string {
  return places.map(([before, which, way]) => `${before} ${written[way]!(values[which % values.length]!)} `).join('');
}

/** No canary stands in `output`, as it is or escaped or encoded from its beginning. */
function assertNone(values: readonly string[], output: string): void {
  for (const value of values) {
    const json = JSON.stringify(value).slice(1, -1);
    const forms = [value, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(value)];
    forms.push(
      Buffer.from(value).toString('hex'),
      Buffer.from(value)
        .toString('base64')
        .replace(/.{0,2}=*$/, ''),
    );
    for (const form of forms)
      assert.ok(!output.includes(form), `${JSON.stringify(form)} is in ${JSON.stringify(output)}`);
  }
}

const runs = 300;

describe('canaries of any content', () => {
  it('leave no text', () => {
    expectHolds(
      planted,
      ([values, places]) => {
        assertNone(values, redactorOf(values).redact(plant(values, places)));
      },
      runs,
    );
  });

  it('leave no log: neither message, fields, errors nor their causes', () => {
    expectHolds(
      planted,
      ([values, places]) => {
        let output = '';
        const logger = createLogger({
          redactor: redactorOf(values),
          level: 'debug',
          write: (line) => (output += line),
        });
        const found = plant(values, places);
        const error = new Error(found, { cause: new AggregateError([new Error(values[0])], found) });
        logger.warn(found, { found, list: [{ deep: values.at(-1) }], error });
        assertNone(values, output);
        const fields = JSON.parse(output) as object;
        assertNone(values, JSON.stringify(fields));
      },
      runs,
    );
  });

  it('leave no error for the far end', () => {
    expectHolds(
      planted,
      ([values, places]) => {
        const redactor = redactorOf(values);
        const found = plant(values, places);
        const error = new WireError('PEER_REFUSED', found, { details: { found, list: [values[0]!] } });
        assertNone(values, JSON.stringify(encodeError(error, (text) => redactor.redact(text))));
      },
      runs,
    );
  });

  it('leave no stream, wherever it is cut', () => {
    const cut = fc.array(fc.tuple(fc.nat(40), fc.boolean()));
    expectHolds(
      fc.tuple(planted, cut),
      ([[values, places], cuts]) => {
        const stream = new StreamRedactor(redactorOf(values));
        let left = Buffer.from(`${plant(values, places)}\n`).toString('latin1');
        let output = '';
        for (const [length, isReleased] of cuts) {
          output += stream.push(left.slice(0, length));
          if (isReleased) output += stream.release();
          left = left.slice(length);
        }
        output += stream.push(left) + stream.release();
        assertNone(values, Buffer.from(output, 'latin1').toString());
      },
      runs,
    );
  });
});
