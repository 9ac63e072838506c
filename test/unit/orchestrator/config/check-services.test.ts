import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';

const orders = { command: 'node main.js' };
const problemsOf = (services: unknown, served?: string[]): unknown => {
  try {
    parseConfig({ modules: { orders: { ...orders, services } } }, '/', { services: served });
    return [];
  } catch (error) {
    return (error as { details: { problems: unknown } }).details.problems;
  }
};

describe('grants of services', () => {
  it('are read as those of databases', () => {
    const granted = (services: string[] | Record<string, 'direct' | 'proxied'>) =>
      parseConfig({ modules: { orders: { ...orders, services } } }, '/').modules.get('orders')!.services;
    expect(granted(['geo'])).toEqual(new Map([['geo', 'proxied']]));
    expect(granted({ geo: 'direct' })).toEqual(new Map([['geo', 'direct']]));
  });

  it('name services that are served, or the nearest is offered', () => {
    expect(problemsOf(['geo'], ['geo', 'mail'])).toEqual([]);
    expect(problemsOf(['goe'], ['geo', 'mail'])).toEqual([
      { path: 'modules.orders.services', message: "'goe' is not served (did you mean 'geo'?)" },
    ]);
    expect(problemsOf(['geo'], [])).toMatchObject([{ message: expect.stringContaining('startOrchestrator(config') }]);
  });

  it('as direct need nobody to serve them, and nothing is compared where nobody knows what will be served', () => {
    expect(problemsOf({ geo: 'direct' }, [])).toEqual([]);
    expect(problemsOf(['geo'])).toEqual([]);
  });

  it('are not asked for a service that is served twice: that is a mistake by itself', () => {
    expect(problemsOf(['geo'], ['geo', 'mail', 'geo'])).toMatchObject([
      { message: expect.stringContaining("'geo' is served more than once") },
    ]);
  });
});
