import { describe, expect, it } from '@jest/globals';
import { FrameSplitter } from '../../../../src/wire/channels/frame-codec.js';
import { decodeInitLine, decodeModuleLine, decodeOrchestratorLine } from '../../../../src/wire/decode.js';
import { decodeModuleEnvelope } from '../../../../src/wire/envelope.js';
import { readExactJson } from '../../../../src/wire/json/exact-json.js';
import { writeJson } from '../../../../src/wire/json/write-json.js';

/** The same numbers in every run: mulberry32. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const pieces = [
  '{"op":"secret","name":"K","value":"é😀"}',
  '{"op":"port_response","request_id":"r","success":true,"port":1,"error_message":null}',
  '{"orchestrator_api":"o","module_id":"m","env":{"A":"b"},"listen":"127.0.0.1:1","security_level":"None"}',
  '{"op":"service_operation","connection_id":"c","service_type":{"Custom":"x"},"operation":"o","params":[1,-2.5e3,[{}],""]}',
  '{"op":"http_response","request_id":"r","status_code":200,"headers":{"a":"b"},"body":[0,255]}',
  '{"id":"6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00","content":{"op":"heartbeat_ack"},"metadata":{"timestamp":1}}',
  '[ "heartbeat" , true,false,null ,0,10,1e5,"\\u00e9\\n\\\\\\"" ]',
];
const scraps = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '0',
  '-',
  '.',
  'e',
  ' ',
  '\t',
  '\\u12',
  'null',
  '9'.repeat(17),
  '\u0001',
  'é',
];

/** One of the pieces, cut, joined and sprinkled; well-formed, as all that comes in UTF-8 is. */
function mutated(random: (below: number) => number): string {
  let text = pieces[random(pieces.length)]!;
  for (let changes = random(4); changes > 0; changes -= 1) {
    const at = random(text.length + 1);
    const scrap = random(3) === 0 ? pieces[random(pieces.length)]! : scraps[random(scraps.length)]!;
    text = text.slice(0, at) + (random(2) === 0 ? scrap : '') + text.slice(at + random(3));
  }
  return Buffer.from(text).toString();
}

function outcome(read: () => unknown): { value: unknown } | undefined {
  try {
    return { value: read() };
  } catch {
    return undefined;
  }
}

/** What only the exact reader keeps or refuses. */
const isOdd = (text: string) => /\d{16}|\\u[dD]|[eE]\d{3}/.test(text);

describe('the decoders, on mutilated messages', () => {
  it('read as JSON what JSON.parse reads, and nothing else', () => {
    const random = randomFrom(1);
    for (let run = 0; run < 4_000; run += 1) {
      const text = mutated(random);
      const ours = outcome(() => readExactJson(text).value);
      if (isOdd(text)) continue;
      expect([text, ours]).toEqual([text, outcome(() => JSON.parse(text) as unknown)]);
    }
  });

  it('write what they read, as the same value', () => {
    const random = randomFrom(2);
    const texts = Array.from({ length: 5_000 }, () => mutated(random));
    const values = texts.flatMap((text) => outcome(() => readExactJson(text).value) ?? []).map(({ value }) => value);
    expect(values.length).toBeGreaterThan(500);
    expect(values.map((value) => readExactJson(writeJson(value)).value)).toEqual(values);
  });

  it('call every line a message, unknown or malformed, and never throw', () => {
    const random = randomFrom(3);
    const kinds = new Set<string>();
    for (let run = 0; run < 3_000; run += 1) {
      const text = mutated(random);
      for (const decode of [decodeInitLine, decodeModuleLine, decodeOrchestratorLine, decodeModuleEnvelope])
        kinds.add(decode(text).kind);
      kinds.add(decodeModuleLine(text, 'fast').kind);
    }
    expect(kinds).toEqual(new Set(['message', 'unknown', 'malformed']));
  });

  it('cut random bytes into frames or report one error, and never throw', () => {
    const random = randomFrom(4);
    for (let run = 0; run < 2_000; run += 1) {
      let errors = 0;
      const splitter = new FrameSplitter(
        { maxFrameBytes: 1_000 },
        {
          onFrame: ({ payload }) => expect(payload.length).toBeLessThanOrEqual(1_000),
          onBadFrame: () => (errors += 1),
        },
      );
      for (let chunk = 0; chunk < 20; chunk += 1)
        splitter.push(
          Buffer.from(Array.from({ length: random(30) }, () => (random(3) === 0 ? random(256) : random(3)))),
        );
      splitter.end();
      expect(errors).toBeLessThanOrEqual(1);
    }
  });
});
