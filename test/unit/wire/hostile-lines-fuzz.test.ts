import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { WireError } from '../../../src/foundation/index.js';
import type { Field } from '../../../src/wire/codec/field.js';
import { type Decoded, decodeInitLine, decodeModuleLine, decodeOrchestratorLine } from '../../../src/wire/decode.js';
import { encodeMessage } from '../../../src/wire/encode.js';
import { decodeModuleEnvelope, encodeEnvelope } from '../../../src/wire/envelope.js';
import { readExactJson } from '../../../src/wire/json/exact-json.js';
import { parseJson } from '../../../src/wire/json/parse-json.js';
import { writeJson } from '../../../src/wire/json/write-json.js';
import type { WireMessage } from '../../../src/wire/messages.js';
import { httpOverTcp, registrationRequests, registrationResponses } from '../../../src/wire/registration.js';
import { plainServiceConfig, serviceConfigs } from '../../../src/wire/service-config.js';
import { text, wireJson } from './arbitrary-json.js';
import { packedHeader, unpack } from '../../../src/wire/channels/packed-frame.js';
import { readLinkMessage, writeLinkMessage } from '../../../src/wire/link/link-messages.js';
import { contentOf } from '../../../src/wire/routed-payload.js';
import { moduleMessage, moduleMessages, orchestratorMessage, orchestratorMessages } from './arbitrary-messages.js';
import { distorted, flipped } from './hostile-lines.js';
import { assertSame, expectHolds } from './property.js';

type Decode = (line: string) => Decoded<WireMessage>;

const plain = { extensions: false };
const id = '6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00';
const envelopeOf = (line: string) => encodeEnvelope(id, line, { source: 'm', properties: {} });

/** Each decoder of lines, how a message is written for it, and what it reads. */
const decoders: Readonly<Record<string, readonly [Decode, fc.Arbitrary<WireMessage>, (line: string) => string]>> = {
  'lines of the orchestrator': [decodeOrchestratorLine, orchestratorMessage, (line) => line],
  'lines of the orchestrator, fast': [
    (line) => decodeOrchestratorLine(line, 'fast'),
    orchestratorMessage,
    (line) => line,
  ],
  'lines of a module': [decodeModuleLine, moduleMessage, (line) => line],
  'lines of a module, fast': [(line) => decodeModuleLine(line, 'fast'), moduleMessage, (line) => line],
  'the handshake line': [decodeInitLine, orchestratorMessages.init, (line) => line],
  'envelopes of a module': [decodeModuleEnvelope, moduleMessage, envelopeOf],
};
const names = Object.keys(decoders);

/** What came of it is a message that is read the same once it is written again, or none. */
function assertDecodes(name: string, line: string): Decoded<WireMessage> {
  const [decode, , asWritten] = decoders[name]!;
  const decoded = decode(line);
  if (decoded.kind === 'message') {
    const again = decode(asWritten(encodeMessage(decoded.message, plain)));
    assertSame(again, { kind: 'message', message: decoded.message, nonce: undefined });
  } else if (decoded.kind === 'malformed' && decoded.reason.length > 300)
    throw new Error('the reason repeats the line');
  return decoded;
}

const written = (name: string) => {
  const [, messages, asWritten] = decoders[name]!;
  return messages.map((message) => asWritten(encodeMessage(message, { extensions: false, nonce: 'n' })));
};

describe.each(names)('the decoder of %s', (name) => {
  it('takes no line that ends too early for a message, wherever that is', () => {
    for (const line of fc.sample(written(name), { seed: 1, numRuns: 20 })) {
      const starts = Array.from({ length: line.length }, (_, end) => line.slice(0, end));
      expect(starts.filter((start) => assertDecodes(name, start).kind !== 'malformed')).toEqual([]);
    }
  });

  it('reads lines with flipped bits as what they have become, or not at all', () => {
    expectHolds(flipped(written(name)), (line) => void assertDecodes(name, line), 600);
  });

  it('reads messages with a value of another kind as what they have become, or not at all', () => {
    const kinds = new Set<string>();
    expectHolds(distorted(written(name)), (line) => void kinds.add(assertDecodes(name, line).kind), 600);
    expect(kinds).toContain('malformed');
    expect(kinds).toContain('message');
  });

  it('survives any text and any JSON', () => {
    expectHolds(fc.string({ unit: 'binary', maxLength: 200 }), (line) => void assertDecodes(name, line));
    expectHolds(wireJson, (value) => void assertDecodes(name, writeJson(value)), 500);
    const op = fc.constantFrom(...Object.keys({ ...orchestratorMessages, ...moduleMessages }), 'constructor');
    const tagged = fc.tuple(op, wireJson).map(([op, value]) => writeJson({ ...(value as object), op }));
    expectHolds(tagged, (line) => void assertDecodes(name, line), 500);
  });
});

describe('the reader of JSON', () => {
  it('throws nothing but MESSAGE_INVALID, for too many levels too', () => {
    const sample = fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), flipped(wireJson.map(writeJson)));
    for (const reading of ['exact', 'fast'] as const)
      expectHolds(sample, (input) => void outcomeOf(() => parseJson(input, reading)), 1_000);
    for (const depth of [127, 128, 100_000]) {
      const outcome = outcomeOf(() => readExactJson('['.repeat(depth) + ']'.repeat(depth)));
      expect([depth, outcome instanceof WireError]).toEqual([depth, depth > 127]);
    }
  });
});

/** The value, or the error that every decoder may throw; any other is thrown on. */
function outcomeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError && error.code === 'MESSAGE_INVALID') return error;
    throw error;
  }
}

describe('the readers of bytes', () => {
  it('throw nothing but MESSAGE_INVALID: packed frames and payloads of routed messages', () => {
    const text = fc.constantFrom(...samples).map((sample) => Buffer.from(sample));
    const packed = fc.tuple(text, fc.uint8Array({ maxLength: 20 })).map(([start, bytes]) => {
      const head = Buffer.alloc(4);
      packedHeader(head, 0, start.length);
      return Buffer.concat([head, start, bytes]);
    });
    const bytes = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 60 }), packed, text);
    const broken = fc.tuple(bytes, fc.nat(), fc.nat(255)).map(([whole, at, byte]) => {
      const copy = Buffer.from(whole);
      if (copy.length > 4) copy[at % copy.length] = byte;
      return copy;
    });
    expectHolds(broken, (payload) => void outcomeOf(() => payload.length >= 4 && unpack(payload)), 1_000);
    const formats = fc.constantFrom('Json', 'Binary', 'Base64', 'Auto' as const);
    expectHolds(
      fc.tuple(broken, formats),
      ([data, format]) => void outcomeOf(() => contentOf({ data, format })),
      1_000,
    );
  });

  it('take what is no message of a link for none', () => {
    const link = fc.tuple(fc.constantFrom('hello', 'proof', 'welcome', 'constructor', '__proto__'), wireJson);
    const like = link.map(([kind, value]) => `{"link":${JSON.stringify(kind)},"received":${writeJson(value)}}`);
    const line = fc.oneof(
      like,
      flipped(like),
      fc.string({ unit: 'binary', maxLength: 80 }).map((end) => `{"link":${end}`),
    );
    expectHolds(
      line,
      (sample) => {
        const message = readLinkMessage(sample);
        if (message === undefined) return;
        const read = readLinkMessage(writeLinkMessage(message));
        assertSame(read?.link, message.link);
      },
      1_000,
    );
  });
});

const named = (structs: Readonly<Record<string, { readonly field: Field<unknown> }>>, suffix: string) =>
  Object.entries(structs).map(([name, { field }]) => [`${name} ${suffix}`, field] as const);
const read = (field: Field<unknown>, json: string) => {
  const { value, facts } = readExactJson(json);
  return field({ value }, 'value', { facts, takesPython: false });
};

describe.each([
  ...named(registrationRequests, 'request'),
  ...named(registrationResponses, 'response'),
  ...named(httpOverTcp, 'over TCP'),
  ...named(serviceConfigs, 'config'),
])('the reader of a %s', (_, field) => {
  it('reads any JSON as what it writes again, or refuses it with MESSAGE_INVALID', () => {
    const examples = fc.constantFrom(...samples);
    const input = fc.oneof(wireJson.map(writeJson), examples, flipped(examples), distorted(examples));
    expectHolds(
      input,
      (json) => {
        const value = outcomeOf(() => read(field, json));
        if (!(value instanceof WireError)) assertSame(read(field, writeJson(value)), value);
      },
      500,
    );
  });
});

const module = { module_id: id, token: 't' };
const info = { name: 'n', version: '1', description: 'd', id, metadata: { a: 'b' } };
const stats = {
  hits: 18_446_744_073_709_551_615n,
  misses: null,
  sets: 1,
  deletes: 0,
  item_count: 1,
  memory_used_bytes: 5,
};
/** One of each that is read, so that what is made of them is often near to one. */
const samples = [
  { request_type: 'register', module_info: info },
  { request_type: 'heartbeat', ...module, status: 'Healthy', details: { a: 'b' } },
  {
    request_type: 'capabilities',
    ...module,
    capabilities: { endpoints: [{ path: '/', methods: ['GET'] }], message_types: ['m'], additional_capabilities: {} },
  },
  { response_type: 'register', success: true, error: 'e', status: 'Degraded', context: { deep: [1.5] } },
  { request_id: 'r', method: 'GET', uri: '/', headers: { a: 'b' }, body: [0, 255], status_code: 200 },
  plainServiceConfig('Database', 'main'),
  plainServiceConfig('Cache', 'é'),
  plainServiceConfig('Jwt', 'x'),
  { ...stats, additional_metrics: { evictions: '1' } },
  { max_connections: 1 },
].map((value) => writeJson(value));

describe('the config for a plain orchestrator', () => {
  it('is read by the types of the protocol whatever the name is', () => {
    expectHolds(text, (name) => {
      for (const [type, field] of [
        ['Database', serviceConfigs.database.field],
        ['Cache', serviceConfigs.cache.field],
        ['Jwt', serviceConfigs.jwt.field],
      ] as const)
        expect(() => read(field, writeJson(plainServiceConfig(type, name)))).not.toThrow();
    });
  });
});
