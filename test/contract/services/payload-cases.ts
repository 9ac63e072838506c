import assert from 'node:assert/strict';
import { AnnotateRequest, Annotation, Place } from './geo.js';
import { failureOf, type ServiceCase } from './service-case.js';

const at = new Date('2024-05-06T07:08:09.010Z');
const fieldsOf = (error: { details: unknown }) =>
  (error.details as { fields: { field: string }[] }).fields.map(({ field }) => field);

export const payloadCases: readonly ServiceCase[] = [
  {
    title: 'plain params and results pass as JSON, whatever is in them',
    run: async ({ geo }) => {
      const values: unknown[] = [
        null,
        true,
        'grüße 🌍 \u2028',
        0,
        1.5e-7,
        6.022e23,
        Number.MAX_SAFE_INTEGER,
        2 ** 60,
        [],
        {},
        [[1, { a: [null] }]],
        JSON.parse('{"__proto__": 1}'),
      ];
      for (const value of values) assert.deepEqual(await geo.echo(value), value);
    },
  },
  {
    title: 'what JSON leaves out or writes as text arrives so: undefined properties, dates, nothing at all',
    run: async ({ geo }) => {
      assert.deepEqual(await geo.echo({ a: undefined, at, zero: -0 }), { at: at.toISOString(), zero: 0 });
      assert.equal(await geo.echo(undefined), null);
      assert.equal(await geo.forget(), null);
    },
  },
  {
    title: 'params and results are copies',
    run: async ({ geo }) => {
      const list = [1];
      const echo = geo.echo({ list });
      list.push(2);
      const result = (await echo) as { list: number[] };
      result.list.push(3);
      assert.deepEqual(list, [1, 2]);
      assert.deepEqual(result, { list: [1, 3] });
    },
  },
  {
    title: 'what JSON would alter is refused before it is sent, with INVALID_PARAMS and the field',
    run: async ({ geo }) => {
      const { calls } = await geo.seen();
      const cycle: Record<string, unknown> = {};
      cycle['again'] = cycle;
      const wrong: [unknown, string][] = [
        [{ list: [1, { n: Number.NaN }] }, 'list[1].n'],
        [{ id: 5n }, 'id'],
        [{ map: new Map() }, 'map'],
        [new Uint8Array(3), ''],
        [[undefined], '[0]'],
        [{ run: () => 1 }, 'run'],
        [{ text: '\ud800' }, 'text'],
        [cycle, ''],
      ];
      for (const [value, field] of wrong)
        assert.deepEqual(fieldsOf(await failureOf(geo.echo(value), 'INVALID_PARAMS')), [field]);
      assert.deepEqual(await geo.seen(), { calls, aborted: (await geo.seen()).aborted });
    },
  },
  {
    title: 'params of a class arrive as instances, from a literal and from an instance, and results come back as such',
    run: async ({ geo }) => {
      const places = [{ city: 'Bonn', floor: 2 }];
      const literal = { text: 'a', at, places };
      const instance = Object.assign(new AnnotateRequest(), {
        ...literal,
        places: places.map((place) => Object.assign(new Place(), place)),
      });
      for (const request of [literal, instance]) {
        const annotation = await geo.annotate(request);
        assert.ok(annotation instanceof Annotation);
        assert.deepEqual({ ...annotation }, { text: 'a true', at, placeCount: 1 });
      }
    },
  },
  {
    title: 'params that their class refuses are not sent: INVALID_PARAMS names the fields and never a value',
    run: async ({ geo }) => {
      const { calls } = await geo.seen();
      const places = [
        { city: 'Bonn', floor: 1 },
        { city: 'Köln', floor: -987 },
      ];
      const error = await failureOf(geo.annotate({ text: 'confidential-and-too-long', at, places }), 'INVALID_PARAMS');
      assert.deepEqual(fieldsOf(error), ['text', 'places[1].floor']);
      assert.match(error.message, /geo\.annotate.*text.*places\[1\]\.floor/);
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error.details)}`, /confidential|987|Köln/);
      assert.equal(error.retryable, false);
      for (const wrong of [undefined, null, [], 'text'])
        await failureOf(geo.annotate(wrong as unknown as AnnotateRequest), 'INVALID_PARAMS');
      assert.equal((await geo.seen()).calls, calls);
    },
  },
  {
    title: 'a result that its class refuses, or JSON, is INVALID_RESULT and names the fields, never a value',
    run: async ({ geo }) => {
      const error = await failureOf(geo.misannotate({ placeCount: 'confidential' }), 'INVALID_RESULT');
      assert.deepEqual(fieldsOf(error), ['placeCount']);
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error.details)}`, /confidential/);
    },
  },
];
