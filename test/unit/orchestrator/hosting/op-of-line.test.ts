import { describe, expect, it } from '@jest/globals';
import { opOfLine } from '../../../../src/orchestrator/hosting/op-of-line.js';
import { encodeForPython, encodeMessage, type OrchestratorMessage } from '../../../../src/wire/index.js';
import { connect } from '../../wire/session-ends.js';

const messages: OrchestratorMessage[] = [
  { op: 'heartbeat', seq: 1 },
  { op: 'secret', name: 'A', value: 'v' },
  { op: 'shutdown', grace_ms: 1 },
  { op: 'http_request', request_id: 'r', method: 'GET', uri: '/', headers: {}, body: null },
  { op: 'rotated', keys: [], rotation_id: 'r' },
];

describe('opOfLine', () => {
  it('reads the op of what the encoders write', () => {
    for (const message of messages) {
      expect(opOfLine(encodeMessage(message, { extensions: false }))).toBe(message.op);
      expect(opOfLine(encodeForPython(message))).toBe(message.op);
    }
  });

  it('reads the op of everything a session writes', async () => {
    const { peer, session, orchestratorEnd } = await connect({
      getSecret: () => Promise.resolve({ value: 'v' }),
      requestPort: () => Promise.resolve(1),
    });
    const ops: unknown[] = [];
    const send = orchestratorEnd.send.bind(orchestratorEnd);
    orchestratorEnd.send = (line) => {
      ops.push(opOfLine(line));
      send(line);
    };
    await session.getSecret('A');
    await session.openService('Cache', 'default').catch(() => undefined);
    peer.heartbeats.beat();
    peer.shutdown(1, 'enough');
    expect(ops).toEqual(['secret', 'service_response', 'heartbeat', 'shutdown']);
  });

  it('finds none where there is none', () => {
    expect(opOfLine('{"name":"A"}')).toBeUndefined();
  });
});
