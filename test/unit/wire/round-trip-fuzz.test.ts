import { describe, it } from '@jest/globals';
import * as fc from 'fast-check';
import { encodeFrame, type FrameFormat, FrameSplitter, textOfFrame } from '../../../src/wire/channels/frame-codec.js';
import { type Decoded, decodeInitLine, decodeModuleLine, decodeOrchestratorLine } from '../../../src/wire/decode.js';
import { encodeForPython, encodeMessage, encodePlainHttpResponse } from '../../../src/wire/encode.js';
import { decodeModuleEnvelope, encodeEnvelope } from '../../../src/wire/envelope.js';
import { parseJson } from '../../../src/wire/json/parse-json.js';
import { writeJson } from '../../../src/wire/json/write-json.js';
import type { WireMessage } from '../../../src/wire/messages.js';
import { wireJson } from './arbitrary-json.js';
import { moduleMessage, moduleMessages, orchestratorMessage, orchestratorMessages } from './arbitrary-messages.js';
import { assertSame, expectHolds } from './property.js';

const readings = ['exact', 'fast'] as const;

function assertRead(decoded: Decoded<WireMessage>, message: WireMessage, nonce?: string): void {
  assertSame(decoded, { kind: 'message', message, nonce });
}

describe('every message', () => {
  it.each(Object.keys(orchestratorMessages) as (keyof typeof orchestratorMessages)[])(
    'of the orchestrator is read as it was written: %s',
    (op) => {
      expectHolds(
        orchestratorMessages[op] as typeof orchestratorMessage,
        (message) => {
          for (const extensions of [true, false])
            for (const reading of readings)
              assertRead(decodeOrchestratorLine(encodeMessage(message, { extensions }), reading), message);
        },
        60,
      );
    },
  );

  it.each(Object.keys(moduleMessages) as (keyof typeof moduleMessages)[])(
    'of a module is read as it was written: %s',
    (op) => {
      expectHolds(
        moduleMessages[op] as typeof moduleMessage,
        (message) => {
          for (const reading of readings)
            assertRead(
              decodeModuleLine(encodeMessage(message, { extensions: true, nonce: 'n' }), reading),
              message,
              'n',
            );
          assertRead(decodeModuleLine(encodeMessage(message, { extensions: false })), message);
        },
        60,
      );
    },
  );

  it('is read in the forms of Python, of the plain http response and of the handshake line', () => {
    expectHolds(orchestratorMessage, (message) =>
      assertRead(decodeOrchestratorLine(encodeForPython(message)), message),
    );
    expectHolds(moduleMessages.http_response, (message) =>
      assertRead(
        decodeModuleLine(encodePlainHttpResponse(message, 'm', '6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00')),
        message,
      ),
    );
    expectHolds(orchestratorMessages.init, (message) =>
      assertRead(decodeInitLine(encodeMessage(message, { extensions: true })), message),
    );
  });

  it('is read out of an envelope in a frame of any format, however its bytes are cut', () => {
    const input = fc.record({
      messages: fc.array(moduleMessage, { minLength: 1, maxLength: 4 }),
      id: fc.uuid(),
      format: fc.constantFrom<FrameFormat>('json', 'binary', 'base64'),
      cut: fc.integer({ min: 1, max: 50 }),
    });
    expectHolds(input, ({ messages, id, format, cut }) => {
      const envelopes = messages.map((message) => encodeEnvelope(id, encodeMessage(message, { extensions: true })));
      const frames = envelopes.map((text) =>
        encodeFrame(format, format === 'base64' ? Buffer.from(text).toString('base64') : text),
      );
      const read: string[] = [];
      const splitter = new FrameSplitter(
        { maxFrameBytes: 1_000_000 },
        {
          onFrame: (frame) => void read.push(textOfFrame(frame)),
          onBadFrame: (error) => {
            throw error;
          },
        },
      );
      const bytes = Buffer.concat(frames);
      for (let at = 0; at < bytes.length; at += cut) splitter.push(bytes.subarray(at, at + cut));
      splitter.end();
      assertSame(read, envelopes);
      for (const [index, text] of read.entries()) assertRead(decodeModuleEnvelope(text), messages[index]!);
    });
  });
});

describe('every JSON value', () => {
  it('is read as it was written, integers of 64 bits and all characters included', () => {
    for (const reading of readings)
      expectHolds(wireJson, (value) => assertSame(parseJson(writeJson(value), reading).value, value), 1_000);
  });
});
