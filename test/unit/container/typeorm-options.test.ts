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
});
