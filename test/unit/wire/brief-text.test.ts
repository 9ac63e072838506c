import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type BriefRead,
  callText,
  headText,
  learnAddress,
  readCallText,
  readResultText,
  resultText,
  splitHead,
} from '../../../src/wire/brief-text.js';
import { parseJson } from '../../../src/wire/json/parse-json.js';
import { type PackedJson, writeJson } from '../../../src/wire/json/write-json.js';
import type { WireJson } from '../../../src/wire/index.js';
import type { ServiceOperationMessage, ServiceResultMessage } from '../../../src/wire/messages.js';
import { text, wireJson } from './arbitrary-json.js';
import { assertSame, expectHolds } from './property.js';

const nonce = '6e2d1f0a-93b4-4c55-8a1e-0f2b3c4d5e6f';
const id = fc.oneof(fc.nat().map(String), text, fc.constant(nonce));
const place = fc.record({
  connection_id: fc.oneof(fc.constant('1'), text),
  service_type: fc.constantFrom('Database' as const, 'Cache' as const, { Custom: 'echo' }, { Custom: 'say "hi"' }),
  operation: fc.oneof(fc.constantFrom('get', 'query'), text),
});
const deadline = fc.oneof(fc.nat(), fc.constantFrom(0, 0.5, -1, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY));
const value = fc.oneof(wireJson, fc.constant(nonce), fc.constant([nonce]), fc.constant(`,"${nonce}"`));
const lastly = fc.option(fc.oneof(fc.constant(nonce), text), { nil: undefined });
const call = fc.record({ place, request_id: id, deadline_ms: deadline, params: value });

function asCall({ place: where, ...rest }: typeof call extends fc.Arbitrary<infer C> ? C : never) {
  return { op: 'service_operation', ...where, ...rest } as ServiceOperationMessage;
}

function valuesOf(message: ServiceOperationMessage, last: string | undefined): WireJson[] {
  const { request_id, connection_id, service_type, operation, deadline_ms, params } = message;
  const values = ['c', request_id!, connection_id, service_type as WireJson, operation, deadline_ms!, params];
  return last === undefined ? values : [...values, last];
}

function expectText(written: PackedJson, text: string): void {
  expect(written).toEqual({ text, bytes: [], textBytes: Buffer.byteLength(text) });
}

function resultOf(request_id: string, result: WireJson): ServiceResultMessage {
  return { op: 'service_operation_result', success: true, result, error: null, request_id };
}

/** In parts; undefined where it has to be read as a whole. */
const read = (line: string, levels?: number) => readCallText(line, levels) ?? readResultText(line, levels);

/** As it is meant, of all the values in the line. */
function meant(values: readonly WireJson[]): BriefRead<ServiceOperationMessage | ServiceResultMessage> {
  if (values[0] === 'r') {
    const [, request_id, result, ...rest] = values as [string, string, WireJson, ...WireJson[]];
    return { kind: 'message', message: resultOf(request_id, result), nonce: nonceIn(rest) };
  }
  const [, request_id, connection_id, service_type, operation, deadline_ms, params, ...rest] = values;
  const message = { op: 'service_operation', connection_id, service_type, operation, params, request_id };
  const deadline = deadline_ms === 0 ? {} : { deadline_ms };
  return { kind: 'message', message: { ...message, ...deadline } as ServiceOperationMessage, nonce: nonceIn(rest) };
}

function nonceIn(rest: readonly WireJson[]): string | undefined {
  expect(rest.length).toBeLessThanOrEqual(1);
  return rest[0] as string | undefined;
}

const tampering = fc.array(
  fc.record({ at: fc.nat(), length: fc.nat(2), instead: fc.constantFrom('', ',', '"', '\\', ' ', ']', '0') }),
  { maxLength: 2 },
);

function tamperedWith(line: string, cuts: typeof tampering extends fc.Arbitrary<infer C> ? C : never): string {
  let tampered = line;
  for (const { at, length, instead } of cuts) {
    const start = at % tampered.length;
    tampered = tampered.slice(0, start) + instead + tampered.slice(start + length);
  }
  return tampered;
}

describe('the text of brief calls and results', () => {
  it('is that of their values as a whole', () => {
    const cases = fc.record({ call, last: lastly });
    expectHolds(cases, ({ call: made, last }) => {
      const message = asCall(made);
      const written = callText(message, last);
      if (written !== undefined) expectText(written, writeJson(valuesOf(message, last)));
      const answer = resultText(resultOf(made.request_id, made.params), last);
      const values = ['r', made.request_id, made.params, ...(last === undefined ? [] : [last])];
      if (answer !== undefined) expectText(answer, writeJson(values));
    });
  });

  it('is read in parts as it is read as a whole, also where it was tampered with', () => {
    const lines = fc.record({ call, last: lastly, isResult: fc.boolean(), cuts: tampering });
    expectHolds(
      lines,
      ({ call: made, last, isResult, cuts }) => {
        const message = asCall(made);
        learnAddress(message);
        const values = isResult ? ['r', made.request_id, made.params] : valuesOf(message, undefined);
        const line = tamperedWith(writeJson(last === undefined ? values : [...values, last]), cuts);
        const found = read(line);
        if (found !== undefined) assertSame(found, meant(parseJson(line, 'fast').value as WireJson[]));
      },
      5_000,
    );
  });

  it('is read in parts wherever a session calls again and again, with a nonce and without', () => {
    const message = asCall({
      place: { connection_id: '1', service_type: { Custom: 'again' }, operation: 'get' },
      request_id: '7',
      deadline_ms: 50,
      params: { key: 'a' },
    });
    expect(read(callText({ ...message, connection_id: 'elsewhere' }, undefined)!.text)).toBeDefined();
    for (const last of [undefined, nonce]) {
      expect(read(callText(message, last)!.text)).toEqual({ kind: 'message', message, nonce: last });
      for (const result of [[null, nonce], nonce]) {
        const answer = resultOf('7', result);
        expect(read(resultText(answer, last)!.text)).toEqual({ kind: 'message', message: answer, nonce: last });
      }
    }
    const unseen = writeJson(valuesOf({ ...message, connection_id: 'unseen' }, nonce));
    expect(read(unseen)).toBeUndefined();
    learnAddress({ ...message, connection_id: 'unseen' });
    expect(read(unseen)).toBeDefined();
  });

  it('is as short beside bytes', () => {
    expectHolds(
      fc.record({ kind: fc.constantFrom('b' as const, 'd' as const), id, cuts: tampering }),
      ({ kind, id: of, cuts }) => {
        const head = headText(kind, of);
        expect(head).toBe(writeJson([kind, of]));
        const line = tamperedWith(head, cuts);
        const split = splitHead(line);
        if (split !== undefined) assertSame(split, parseJson(line, 'fast').value);
      },
    );
    for (const kind of ['b', 'd'] as const) expect(splitHead(headText(kind, '7'))).toEqual([kind, '7']);
    expect(splitHead('["r","7"]')).toBeUndefined();
  });

  it('holds the limit on nesting', () => {
    const nested = writeJson(['r', '7', [[]]]);
    expect(read(nested, 3)).toBeDefined();
    expect(read(nested, 2)).toBeUndefined();
    expectText(resultText(resultOf('7', [[]]), undefined, 3)!, nested);
    expect(resultText(resultOf('7', [[]]), undefined, 2)).toBeUndefined();
  });

  it('is remembered for few places, none of them long', () => {
    const message = (operation: string) =>
      asCall({
        place: { connection_id: '1', service_type: 'Cache', operation },
        request_id: '7',
        deadline_ms: 0,
        params: 1,
      });
    const isRead = (operation: string) => read(writeJson(valuesOf(message(operation), undefined))) !== undefined;
    learnAddress(message('x'.repeat(300)));
    expect(isRead('x'.repeat(300))).toBe(false);
    for (let index = 0; index < 100; index += 1) learnAddress(message(`op${index}`));
    expect(Array.from({ length: 100 }, (_, index) => isRead(`op${index}`)).filter(Boolean).length).toBeLessThanOrEqual(
      16,
    );
    expect(isRead('op99')).toBe(true);
  });
});
