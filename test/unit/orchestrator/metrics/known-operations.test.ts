import { describe, expect, it } from '@jest/globals';
import { KnownOperations } from '../../../../src/orchestrator/metrics/known-operations.js';
import type { ServiceBroker, ServiceType } from '../../../../src/wire/index.js';

const broker = (serviceType: ServiceType, operations: readonly string[]): ServiceBroker => ({
  serviceType,
  operations,
  open: () => Promise.reject(new Error('not opened here')),
});

const known = new KnownOperations([broker('Cache', ['get']), broker({ Custom: 'mail' }, ['send']), broker('Jwt', [])]);

describe('KnownOperations', () => {
  it('names what the orchestrator serves', () => {
    expect(known.nameOf('Cache', 'get')).toEqual({ service: 'cache', operation: 'get' });
    expect(known.nameOf('Cache', 'open')).toEqual({ service: 'cache', operation: 'open' });
    expect(known.nameOf({ Custom: 'mail' }, 'send')).toEqual({ service: 'custom:mail', operation: 'send' });
    expect(known.nameOf('http', 'GET')).toEqual({ service: 'http', operation: 'GET' });
    expect(known.nameOf('served', 'mail')).toEqual({ service: 'served', operation: 'mail' });
    expect(known.nameOf('route', 'call')).toEqual({ service: 'route', operation: 'call' });
  });

  it('counts everything else together', () => {
    expect(known.nameOf('Cache', 'made_up')).toEqual({ service: 'cache', operation: 'other' });
    expect(known.nameOf('Jwt', 'sign')).toEqual({ service: 'jwt', operation: 'other' });
    expect(known.nameOf('served', 'made up')).toEqual({ service: 'served', operation: 'other' });
    expect(known.nameOf('http', 'PROPFIND')).toEqual({ service: 'http', operation: 'other' });
    for (const service of ['Database', { Custom: 'http' }, { Custom: 'made up' }] as const)
      expect(known.nameOf(service, 'GET')).toEqual({ service: 'other', operation: 'other' });
  });
});
