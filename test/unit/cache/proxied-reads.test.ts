import { describe, expect, it } from '@jest/globals';
import type { ReadValue } from '../../../src/cache/cache-store.js';
import { readValuesForm } from '../../../src/cache/read-each.js';
import { WireError } from '../../../src/foundation/index.js';
import type { WireJson } from '../../../src/wire/index.js';
import { storeWith } from './store-with.js';

describe('reads of an orchestrator that answers several at once', () => {
  const getsEach = { gets_each: true };
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);
  const keysOf = (params: WireJson) => (params as { keys: string[] }).keys;

  const answer = (...values: ReadValue[]) => readValuesForm.write(values, true);
  const hi = Buffer.from('hi');

  it('sends those of one turn in one call, before what is asked after them', async () => {
    const { store, sent } = storeWith(
      (operation) => (operation === 'get_each' ? answer(hi, undefined) : null),
      true,
      getsEach,
    );
    const work = [store.get('a'), store.get('b'), store.delete('a')];
    expect(await Promise.all(work)).toEqual([Buffer.from('hi'), undefined, false]);
    expect(await store.get('c')).toBeUndefined();
    expect(sent).toEqual([
      ['get_each', { keys: ['a', 'b'] }],
      ['delete', { key: 'a' }],
      ['get', { key: 'c' }],
    ]);
  });

  it('reads by itself what the answer left open, and each when the answer could not be sent', async () => {
    const { store, sent } = storeWith(
      (operation) => (operation === 'get_each' ? answer('apart', hi) : 'eWVz'),
      true,
      getsEach,
    );
    expect(await Promise.all([store.get('a'), store.get('b')])).toEqual([Buffer.from('yes'), Buffer.from('hi')]);
    expect(sent.map(([operation]) => operation)).toEqual(['get_each', 'get']);
    const refused = (operation: string) => {
      if (operation === 'get_each') throw new WireError('LINE_TOO_LONG', 'too long');
      return 'eWVz';
    };
    const tooLong = storeWith(refused, true, getsEach);
    expect(await Promise.all([tooLong.store.get('a'), tooLong.store.get('b')])).toEqual(
      keys(2).map(() => Buffer.from('yes')),
    );
  });

  it('asks once only where all fail', async () => {
    const lost = () => {
      throw new WireError('CHANNEL_CLOSED', 'gone');
    };
    const { store, sent } = storeWith(lost, true, getsEach);
    for (const outcome of await Promise.allSettled([store.get('a'), store.get('b')]))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'CacheError', code: 'CONNECTION' } });
    expect(sent).toHaveLength(1);
  });

  it('asks for what waits before it is closed', async () => {
    const { store, sent } = storeWith(() => answer(hi, undefined), true, getsEach);
    const asked = Promise.all([store.get('a'), store.get('b')]);
    await store.close();
    expect(await asked).toEqual([Buffer.from('hi'), undefined]);
    expect(sent).toHaveLength(1);
    await expect(store.get('a')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('asks for each by itself while values are very long', async () => {
    let value = Buffer.alloc(1_000_000);
    const { store, sent } = storeWith(
      (operation, params) =>
        operation === 'get' ? value : answer(...keysOf(params).map((_key, index) => (index === 0 ? value : 'apart'))),
      true,
      getsEach,
    );
    const operations = async () => {
      await Promise.all(keys(3).map((key) => store.get(key)));
      return sent.splice(0).map(([operation]) => operation);
    };
    expect(await operations()).toEqual(['get_each', 'get', 'get']);
    expect(await operations()).toEqual(['get', 'get', 'get']);
    value = Buffer.alloc(10);
    expect(await operations()).toEqual(['get', 'get', 'get']);
    expect((await operations())[0]).toBe('get_each');
  });

  it('asks for fewer at once while values are long', async () => {
    let value = Buffer.alloc(100_000);
    const counts: number[] = [];
    const { store } = storeWith(
      (operation, params) => {
        if (operation === 'get') return value;
        counts.push(keysOf(params).length);
        return answer(...keysOf(params).map(() => value));
      },
      true,
      getsEach,
    );
    const readAll = (count: number) => Promise.all(keys(count).map((key) => store.get(key)));
    expect(await readAll(128)).toHaveLength(128);
    expect(counts.splice(0)).toEqual([64, 64]);
    await readAll(4);
    expect(counts.splice(0)).toEqual([2, 2]);
    value = Buffer.alloc(10);
    await readAll(4);
    await readAll(128);
    expect(counts).toEqual([2, 2, 64, 64]);
  });

  it('are one piece of bytes, which is read to its end or refused', () => {
    const values = [hi, undefined, Buffer.alloc(0), 'apart', Buffer.from('\0')] as const;
    const bytes = readValuesForm.write(values, true) as Uint8Array;
    const read = (json: WireJson | undefined) => readValuesForm.read(json, 'the answer');
    // As it stands in a line.
    for (const form of [bytes, Buffer.from(bytes).toString('base64')]) expect(read(form)).toEqual(values);
    expect(read(readValuesForm.write([], true))).toEqual([]);
    const longer = Buffer.concat([bytes, hi]);
    const tooMany = Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]);
    for (const broken of [[], bytes.subarray(0, 3), bytes.subarray(0, -1), longer, tooMany, null, undefined, [hi]])
      expect(() => read(broken as WireJson)).toThrow(expect.objectContaining({ code: 'SERIALIZATION' }));
  });
});
