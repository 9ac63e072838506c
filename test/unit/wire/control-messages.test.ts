import { describe, expect, it } from '@jest/globals';
import { WireError } from '../../../src/foundation/index.js';
import { isControlMessage, queueBoundBytes } from '../../../src/wire/control-messages.js';
import type { WireMessage } from '../../../src/wire/messages.js';
import { sendMessage } from '../../../src/wire/send-message.js';
import { createMemoryChannels } from '../../../src/wire/channels/memory-channel.js';

const result = { op: 'service_operation_result', result: null, error: null } as const;
const response = { op: 'http_response', request_id: 'r', headers: {}, body: null } as const;

describe('control messages', () => {
  it.each<[boolean, WireMessage]>([
    [true, { op: 'shutdown' }],
    [true, { op: 'heartbeat' }],
    [true, { op: 'cancel', request_id: 'r' }],
    [true, { ...result, success: false, error: 'no' }],
    [false, { ...result, success: true }],
    [true, { op: 'port_response', request_id: 'r', success: true, port: 1, error_message: null }],
    [true, { op: 'secret', name: 'K', value: '', found: false }],
    [false, { op: 'secret', name: 'K', value: 'v' }],
    [true, { ...response, status_code: 500 }],
    [false, { ...response, status_code: 200 }],
    [false, { op: 'get_secret', name: 'K' }],
    [false, { op: 'stream_data', stream_id: 's', data: new Uint8Array(1) }],
  ])('%s: %j', (expected, message) => {
    expect(isControlMessage(message)).toBe(expected);
  });

  it('have a sixteenth of the queue for themselves, and at least 64 KiB', () => {
    expect([1, 256 * 1024 ** 2].map((bytes) => queueBoundBytes(bytes, true) - bytes)).toEqual([
      64 * 1024,
      16 * 1024 ** 2,
    ]);
    expect(queueBoundBytes(5, false)).toBe(5);
  });

  it('are sent where nothing else is any more', () => {
    const [channel] = createMemoryChannels({ maxQueuedBytes: 100 });
    const send = (message: WireMessage) => sendMessage(channel, message, { extensions: true });
    const full = expect.objectContaining({ code: 'BACKPRESSURE' });
    send({ op: 'get_secret', name: 'x'.repeat(90) });
    expect(() => send({ op: 'get_secret', name: 'x'.repeat(90) })).toThrow(full);
    expect(() => send({ op: 'cancel', request_id: 'x'.repeat(90) })).not.toThrow();
    expect(() => send({ op: 'cancel', request_id: 'x'.repeat(70_000) })).toThrow(full);
    expect(() => send({ op: 'cancel', request_id: 'x' })).not.toThrow(WireError);
  });
});
