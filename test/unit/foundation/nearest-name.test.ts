import { describe, expect, it } from '@jest/globals';
import { didYouMean, nearestName } from '../../../src/foundation/index.js';

describe('nearestName', () => {
  it.each([
    ['STRIPE_KEy', ['STRIPE_KEY', 'JWT_KEY'], 'STRIPE_KEY'],
    ['OderService', ['OrderService', 'UserService'], 'OrderService'],
    ['defualt', ['default', 'analytics'], 'default'],
    ['ab', ['cd'], 'cd'],
  ])('takes %j for one of %j: %j', (name, candidates, nearest) => {
    expect(nearestName(name, candidates)).toBe(nearest);
  });

  it('prefers the nearest of several, the first of equals', () => {
    expect(nearestName('cache', ['caches', 'cache', 'cash'])).toBe('cache');
    expect(nearestName('cat', ['bat', 'rat'])).toBe('bat');
  });

  it('offers nothing when nothing is near, or there is nothing', () => {
    expect(nearestName('orders', ['analytics'])).toBeUndefined();
    expect(nearestName('orders', [])).toBeUndefined();
  });
});

describe('didYouMean', () => {
  it('is a phrase to append, empty when nothing is near', () => {
    expect(didYouMean('odrers', new Set(['orders']))).toBe(" (did you mean 'orders'?)");
    expect(didYouMean('orders', ['analytics'])).toBe('');
    expect(didYouMean('orders', ['orders'])).toBe('');
  });
});
