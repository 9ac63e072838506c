import { describe, expect, it } from '@jest/globals';
import { mergedTypeormOptions, typeormOptionsOn } from '../../../src/container/typeorm-options.js';

describe('options of TypeORM', () => {
  it('are heeded on the engines that know them', () => {
    const options = { entityPrefix: 'p_', schema: 's', timezone: '+02:00', cache: true } as const;
    expect(typeormOptionsOn('postgres', options)).toEqual({ entityPrefix: 'p_', schema: 's', cache: true });
    expect(typeormOptionsOn('mysql', options)).toEqual({ entityPrefix: 'p_', timezone: '+02:00', cache: true });
    expect(typeormOptionsOn('sqlite', options)).toEqual({ entityPrefix: 'p_', cache: true });
  });

  it('of several modules are one, with the subscribers of all', () => {
    class First {}
    class Second {}
    const conflicts: string[] = [];
    const known = { subscribers: [First], entityPrefix: 'p_' };
    const added = { subscribers: { Second, First }, entityPrefix: 'q_', cache: true };
    const merged = mergedTypeormOptions(known, added, (name) => conflicts.push(name));
    expect(merged).toEqual({ subscribers: [First, Second], entityPrefix: 'p_', cache: true });
    expect(conflicts).toEqual(['entityPrefix']);
  });

  it('that say the same in lists and plain objects are no conflict, and in anything else are', () => {
    class Strategy {}
    const conflictsOf = (known: object, added: object): string[] => {
      const conflicts: string[] = [];
      mergedTypeormOptions(known, added, (name) => conflicts.push(name));
      return conflicts;
    };
    const cache = () => ({ type: 'database', tableName: 'kept', duration: 500, options: { keys: ['a', undefined] } });
    const strategy = new Strategy();
    const same = (): object => ({ cache: cache(), extensions: ['citext'], extra: {}, namingStrategy: strategy });
    expect(conflictsOf(same(), same())).toEqual([]);
    const pairs: [object, object][] = [
      [{ cache: cache() }, { cache: { ...cache(), duration: 501 } }],
      [{ cache: cache() }, { cache: { ...cache(), alwaysEnabled: undefined } }],
      [{ cache: { alwaysEnabled: undefined } }, { cache: { duration: 1 } }],
      [{ cache: true }, { cache: {} }],
      [{ logging: ['query'] }, { logging: ['query', 'error'] }],
      [{ extra: [] }, { extra: {} }],
      [{ extra: { at: new Date(0) } }, { extra: { at: new Date(0) } }],
      [{ namingStrategy: new Strategy() }, { namingStrategy: new Strategy() }],
      [{ logger: () => 1 }, { logger: () => 1 }],
    ];
    for (const [known, added] of pairs) expect(conflictsOf(known, added)).toEqual(Object.keys(known));
  });
});
