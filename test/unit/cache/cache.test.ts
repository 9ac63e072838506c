import { describe, expect, it } from '@jest/globals';
import { Container } from 'inversify';
import { type Cache, cacheToken, InjectCache } from '../../../src/cache/index.js';
import { describeKey, resourceOf } from '../../../src/container/index.js';

describe('cacheToken', () => {
  it('is one token per name, which says what it stands for', () => {
    expect(cacheToken()).toBe(cacheToken('default'));
    expect(cacheToken('sessions')).not.toBe(cacheToken());
    expect(resourceOf(cacheToken('sessions'))).toEqual({ kind: 'cache', name: 'sessions' });
    expect(describeKey(cacheToken('sessions'))).toBe("cache 'sessions'");
  });
});

describe('@InjectCache', () => {
  it('injects the named cache into parameters and properties', () => {
    class Shop {
      @InjectCache('sessions') readonly sessions!: Cache;
      constructor(@InjectCache() readonly cache: Cache) {}
    }
    const [cache, sessions] = [{} as Cache, {} as Cache];
    const container = new Container();
    container.bind(cacheToken()).toConstantValue(cache);
    container.bind(cacheToken('sessions')).toConstantValue(sessions);
    container.bind(Shop).toSelf();
    const shop = container.get(Shop);
    expect(shop.cache).toBe(cache);
    expect(shop.sessions).toBe(sessions);
  });
});
