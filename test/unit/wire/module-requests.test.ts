import { describe, expect, it } from '@jest/globals';
import { WireError } from '../../../src/foundation/index.js';
import { plainAgreement } from '../../../src/wire/extensions.js';
import type { OrchestratorMessage } from '../../../src/wire/messages.js';
import { ModuleRequests } from '../../../src/wire/module-requests.js';
import { silentLogger } from '../foundation/silent-logger.js';

/** Requests of a module for which so much waits that only what fails or is opened has room. */
function requestsOf(code: 'BACKPRESSURE' | 'LINE_TOO_LONG') {
  const sent: OrchestratorMessage[] = [];
  const requests = new ModuleRequests({
    handlers: {
      getSecret: async () => ({ value: 'v' }),
      openService: async () => ({
        call: async () => 'done',
        close: async () => undefined,
        info: {},
        typedValues: true,
      }),
      requestPort: async () => 4_000,
    },
    send: (message) => {
      const isRefused = message.op === 'service_operation_result' && message.success;
      if (isRefused || (message.op === 'secret' && message.found !== false)) throw new WireError(code, 'no room');
      sent.push(message);
    },
    agreement: () => plainAgreement,
    redact: (text) => text,
    logger: silentLogger,
    observer: undefined,
    openPipe: () => undefined,
  });
  const answer = async (message: Parameters<typeof requests.answer>[0]) => {
    requests.answer(message);
    await new Promise((done) => setImmediate(done));
    return sent.pop();
  };
  return { answer };
}

const operation = { op: 'service_operation', connection_id: '1', service_type: 'Cache', operation: 'set' } as const;

describe('what a module asks for and its answer has no room', () => {
  it.each([
    ['BACKPRESSURE' as const, { error_code: 'CALL_TIMEOUT', retryable: false }],
    ['LINE_TOO_LONG' as const, { error_code: 'LINE_TOO_LONG' }],
  ])('is never called undone when it was done: %s', async (code, fields) => {
    const { answer } = requestsOf(code);
    await answer({ op: 'service_request', id: 'i', service_type: 'Cache', config: null });
    const result = await answer({ ...operation, params: {}, request_id: '7' });
    expect(result).toMatchObject({ op: 'service_operation_result', request_id: '7', success: false, ...fields });
  });

  it('is said to have failed, whatever it was', async () => {
    const { answer } = requestsOf('BACKPRESSURE');
    expect(await answer({ op: 'get_secret', name: 'K' })).toMatchObject({ op: 'secret', name: 'K', found: false });
    const port = await answer({ op: 'port_request', request_id: 'p', specific_port: null });
    expect(port).toMatchObject({ op: 'port_response', success: true, port: 4_000 });
  });
});
