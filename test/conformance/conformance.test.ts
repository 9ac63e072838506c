import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { encodeFrame } from '../../src/wire/channels/frame-codec.js';
import { failureOf } from './check-vector.js';
import { moreVectors, ownVectors, runConformance } from './run-conformance.js';
import { readVectors, type Vector } from './vector.js';

const vectors = readVectors(ownVectors);
const byName = (name: string, file?: string): Vector => {
  const found = vectors.find((vector) => vector.name === name && (file === undefined || vector.file === file));
  if (found === undefined) throw new Error(`there is no vector ${name}`);
  return found;
};
const changed = (vector: Vector, fields: Record<string, unknown>): Vector => ({
  ...vector,
  fields: { ...vector.fields, ...fields },
});

describe('the golden vectors', () => {
  it('are all there', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(374);
    expect(new Set(vectors.map(({ file }) => file)).size).toBe(10);
  });

  it.each(vectors.map((vector) => [`${vector.file} ${vector.name}`, vector] as const))('%s', (_, vector) => {
    expect(failureOf(vector)).toBeUndefined();
  });
});

describe('vectors of our own', () => {
  it.each(readVectors(moreVectors).map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    expect(failureOf(vector)).toBeUndefined();
  });
});

describe('the runner', () => {
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
  });
  const runOn = (...given: readonly string[]) => {
    const printed: string[] = [];
    return { code: runConformance(given, (line) => printed.push(line)), printed };
  };
  const run = (files: Readonly<Record<string, readonly string[]>>) => {
    const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
    directories.push(directory);
    for (const [name, lines] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), lines.join('\n'));
    }
    return { directory, ...runOn(directory) };
  };

  it('finds the verdict of every line wrong when it is turned round', () => {
    const verdicts = vectors.filter(({ fields }) => typeof fields['accepted'] === 'boolean');
    expect(verdicts.length).toBeGreaterThan(150);
    const unnoticed = verdicts.filter(
      (vector) => failureOf(changed(vector, { accepted: vector.fields['accepted'] !== true })) === undefined,
    );
    expect(unnoticed.map(({ name }) => name)).toEqual([]);
  });

  it('finds a message that Rust would not write so', () => {
    const written = vectors.filter(
      ({ file, fields }) =>
        !file.startsWith('python') && typeof fields['wire'] === 'string' && fields['wire'].startsWith('{'),
    );
    expect(written.length).toBeGreaterThan(100);
    const unnoticed = written.filter((vector) => {
      const wire = String(vector.fields['wire']).replace('{', '{"surplus":1,');
      return failureOf(changed(vector, { wire })) === undefined;
    });
    // A map of names to routes has no fields that could be surplus, but its values are checked.
    expect(unnoticed.map(({ name }) => name)).toEqual([]);
  });

  it('finds a frame with another byte in it', () => {
    const frames = vectors.filter(
      ({ file, fields }) => file === 'framed.jsonl' && fields['payload_text'] !== undefined,
    );
    for (const vector of frames) {
      const hex = String(vector.fields['hex']).replace(/..$/, '20');
      expect(failureOf(changed(vector, { hex }))).toEqual(expect.any(String));
    }
  });

  it.each<[string, Vector]>([
    ['the reserialised form', changed(byName('op-last'), { reserialized: '{"op":"secret","name":"K","value":"w"}' })],
    [
      'an integer that is off by one',
      changed(byName('result-bigint'), {
        reserialized: String(byName('result-bigint').fields['reserialized']).replace('775807', '775806'),
      }),
    ],
    ['what Python sees', changed(byName('o2m/secret'), { python_sees: { op: 'secret' } })],
    ['who reads a superset', changed(byName('m2o/heartbeat_ack-both'), { checks: { rust_envelope: false } })],
    ['the type', changed(byName('op-last'), { type: 'nobody_knows' })],
    ['the file', { ...byName('op-last'), file: 'other.jsonl' }],
  ])('finds %s wrong', (_, vector) => {
    expect(failureOf(vector)).toEqual(expect.any(String));
  });

  it('says which vector of which file failed and why, counts, and ends with 1', () => {
    const good = '{"name":"good","type":"orchestrator_to_module","line":"{\\"op\\":\\"shutdown\\"}","accepted":true}';
    const bad = '{"name":"bad","type":"orchestrator_to_module","line":"{\\"op\\":\\"hello\\"}","accepted":true}';
    const { code, printed } = run({ 'accepts.jsonl': [good, bad, 'no vector at all', ''] });
    expect(printed).toEqual([
      expect.stringMatching(/^accepts\.jsonl bad: our parser refuses what the Rust type accepts/),
      expect.stringMatching(/^accepts\.jsonl line 3: it is not a JSON object with a name/),
      '1 passed, 2 failed',
    ]);
    expect(code).toBe(1);
  });

  it('knows files by how their names begin', () => {
    const good = JSON.stringify(byName('op-last').fields);
    expect(run({ 'accepts-more.jsonl': [good], 'accepts_2.jsonl': [good] }).printed).toEqual(['2 passed, 0 failed']);
    expect(run({ 'acceptsmore.jsonl': [good] }).printed.at(-1)).toBe('0 passed, 1 failed');
  });

  it('ends with 0 when all passed, and never when there was nothing to check', () => {
    expect(run({ 'accepts.jsonl': [JSON.stringify(byName('op-last').fields)] })).toMatchObject({
      code: 0,
      printed: ['1 passed, 0 failed'],
    });
    expect(run({}).code).toBe(1);
  });

  it('runs the vectors of nested directories, too, and says in which file one failed', () => {
    const good = JSON.stringify(byName('op-last').fields);
    const { code, printed } = run({
      'accepts.jsonl': [good],
      'more/accepts.jsonl': [good],
      'more/other.jsonl': [good],
    });
    expect(printed).toEqual([
      expect.stringMatching(/^more.other\.jsonl op-last: nothing is known of files called more.other\.jsonl/),
      '2 passed, 1 failed',
    ]);
    expect(code).toBe(1);
  });

  it('runs several directories, and says which of them has no vectors or is none', () => {
    const { directory } = run({ 'accepts.jsonl': [JSON.stringify(byName('op-last').fields)] });
    const { directory: empty } = run({ 'accepts.json': ['{}'] });
    const absent = join(directory, 'absent');
    expect(runOn(directory, empty, absent, directory)).toEqual({
      code: 1,
      printed: [
        `${empty}: there is no *.jsonl file with a vector in it`,
        expect.stringMatching(new RegExp(`^${absent}: it cannot be read: .*ENOENT`)),
        '2 passed, 2 failed',
      ],
    });
  });

  it('takes a frame whose names are integers, which no object here keeps in their order, and no other order', () => {
    const frame = (text: string) => encodeFrame('json', text).toString('hex');
    const vector = (text: string) => JSON.stringify({ name: 'json/x', hex: frame(text), payload_text: text });
    expect(
      run({
        'framed.jsonl': [
          vector('{"op":"service_operation_result","success":true,"result":{"10":1,"9":2},"error":null}'),
        ],
      }).code,
    ).toBe(0);
    expect(
      run({ 'framed.jsonl': [vector('{"op":"service_operation_result","result":1,"success":true,"error":null}')] })
        .code,
    ).toBe(1);
  });

  it('runs all other files when one cannot be read', () => {
    const good = JSON.stringify(byName('op-last').fields);
    const { code, printed } = run({ 'accepts.jsonl': [good], 'configs.jsonl/no-file': [] });
    expect(printed).toEqual([
      expect.stringMatching(/^configs\.jsonl as a whole: it cannot be read: .*EISDIR/),
      '1 passed, 1 failed',
    ]);
    expect(code).toBe(1);
  });

  it('decodes the first of two frames, and takes no frame whose length is a lie', () => {
    const vector = (hex: string) => JSON.stringify({ name: 'decode/x', hex, accepted: true });
    expect(run({ 'framed.jsonl': [vector('00000002017b7d0000000101'), vector('0000000001ff')] }).code).toBe(0);
    expect(run({ 'framed.jsonl': [vector('00000003017b7d'), vector('0000')] }).printed.at(-1)).toBe(
      '0 passed, 2 failed',
    );
  });

  it.each(['0g', '000'])("says that the hex '%s' is none", (hex) => {
    expect(run({ 'framed.jsonl': [JSON.stringify({ name: 'json/x', hex })] }).printed).toEqual([
      "framed.jsonl json/x: its 'hex' is none",
      '0 passed, 1 failed',
    ]);
  });

  it.each(['__proto__', 'constructor', 'message<constructor>'])("knows no type '%s'", (type) => {
    const vector = JSON.stringify({ name: 'x', type, line: '{}', accepted: false });
    expect(run({ 'accepts.jsonl': [vector] }).printed[0]).toBe(
      `accepts.jsonl x: there is no parser for the type '${type}'`,
    );
  });
});
