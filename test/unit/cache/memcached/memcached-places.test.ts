import { describe, expect, it } from '@jest/globals';
import {
  MemcachedPlaces,
  packedPlace,
  placeBytes,
  unpackedPlace,
} from '../../../../src/cache/memcached/memcached-places.js';

const places = new MemcachedPlaces('app:');

describe('the places of a cache in memcached', () => {
  it.each(['a', 'with space', 'line\nbreak', 'nul\0inside', 'ключ-鍵-🔑', 'x'.repeat(10_000), 'a:b:c'])(
    'are keys that memcached takes, whatever the key: %j',
    (key) => {
      for (const place of [places.entry(key), places.lock(key), ...places.scopes(key)])
        expect(place).toMatch(/^[\w-]{43}$/);
    },
  );

  it('are apart for every kind, name and prefix', () => {
    const names = ['a', 'b', 'ab', 'a:', 'a:b', '","', 'entry'];
    const prefixes = ['', 'a', 'a:', 'app:', '","entry'];
    const all = prefixes.flatMap((prefix) => {
      const of = new MemcachedPlaces(prefix);
      const named = names.flatMap((name) => [of.entry(name), of.namespace(name), of.tag(name), of.lock(name)]);
      return [of.cache, of.fence, ...named];
    });
    expect(new Set(all).size).toBe(all.length);
  });

  it('depend on the namespace before the first colon, where there is one', () => {
    expect(places.scopes('users')).toEqual([places.cache]);
    expect(places.scopes('users:1:name')).toEqual([places.cache, places.namespace('users')]);
    expect(places.scopes(':1')).toEqual([places.cache, places.namespace('')]);
  });

  it('can be packed', () => {
    const packed = packedPlace(places.cache);
    expect(packed).toHaveLength(placeBytes);
    expect(unpackedPlace(packed)).toBe(places.cache);
  });
});
