import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';
import { childEnvironment } from '../../../../src/orchestrator/supervisor/child-environment.js';

const config = parseConfig(
  { modules: { orders: { command: 'x', env: { LOG_LEVEL: 'debug', HOME: '/srv' } } } },
  '/app',
).modules.get('orders')!;

describe('childEnvironment', () => {
  it('passes on what every program needs, and its own variables over it', () => {
    expect(childEnvironment(config, { PATH: '/bin', HOME: '/root', LC_ALL: 'C', TZ: 'UTC' })).toEqual({
      PATH: '/bin',
      HOME: '/srv',
      LC_ALL: 'C',
      TZ: 'UTC',
      LOG_LEVEL: 'debug',
      PYWATT_MODULE_ID: 'orders',
    });
  });

  it('keeps secrets and everything else of the orchestrator to itself', () => {
    const own = {
      PYWATT_SECRET_KEY: 'v',
      DATABASE_URL: 'v',
      AWS_SECRET_ACCESS_KEY: 'v',
      NODE_OPTIONS: '--require x',
      LOG_LEVEL: 'v',
    };
    expect(childEnvironment(config, own)).toEqual({ LOG_LEVEL: 'debug', HOME: '/srv', PYWATT_MODULE_ID: 'orders' });
  });
});
