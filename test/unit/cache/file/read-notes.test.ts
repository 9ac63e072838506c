import { describe, expect, it } from '@jest/globals';
import { ReadNotes } from '../../../../src/cache/file/read-notes.js';

describe('ReadNotes', () => {
  it('tells uses in the order of the last one, then hits and misses; nothing where nothing was read', () => {
    const notes = new ReadNotes();
    expect([notes.isEmpty, notes.reads, notes.effects()]).toEqual([true, 0, []]);
    for (const key of ['a', 'b', 'a']) notes.hit(key);
    notes.miss();
    expect([notes.isEmpty, notes.reads]).toEqual([false, 4]);
    const effects = [
      ['use', 'b', 1],
      ['use', 'a', 2],
      ['looked', 3, 1],
    ];
    // Until they are cleared: a change that fails tells them again.
    expect([notes.effects(), notes.effects()]).toEqual([effects, effects]);
    notes.clear();
    expect([notes.isEmpty, notes.effects()]).toEqual([true, []]);
  });

  it('counts all reads, and notes the uses of a bounded number of keys', () => {
    const notes = new ReadNotes();
    for (let index = 0; index < 10_005; index += 1) notes.hit(`key ${index}`);
    notes.hit('key 0');
    const effects = notes.effects();
    expect(effects).toHaveLength(10_001);
    expect(effects.slice(-2)).toEqual([
      ['use', 'key 0', 2],
      ['looked', 10_006, 0],
    ]);
  });
});
