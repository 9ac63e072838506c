import { describe, expect, it } from '@jest/globals';
import { decodeInitLine } from '../../../src/wire/decode.js';
import { defaultHeartbeat, heartbeatFields, heartbeatSettings } from '../../../src/wire/heartbeat-settings.js';

const init = (heartbeat: unknown) => {
  const decoded = decodeInitLine(
    JSON.stringify({ orchestrator_api: 'o', module_id: 'm', env: {}, listen: 'l', heartbeat }),
  );
  if (decoded.kind !== 'message') throw new Error('the init line must be read');
  return heartbeatSettings(decoded.message.heartbeat);
};

describe('the settings of heartbeats in init', () => {
  it('arrive as they were sent', () => {
    const settings = { intervalMs: 250, missed: 7, slowMs: 90 };
    expect(init(heartbeatFields(settings))).toEqual(settings);
  });

  it.each([
    ['left out', undefined],
    ['of another form', 'often'],
    ['that would never wait', { interval_ms: 0, missed: 3, slow_ms: 1 }],
    ['longer than timers count', { interval_ms: 2 ** 31, missed: 3, slow_ms: 1 }],
    ['incomplete', { interval_ms: 100 }],
  ])('%s are the defaults', (_, heartbeat) => {
    expect(init(heartbeat)).toEqual(defaultHeartbeat);
  });
});
