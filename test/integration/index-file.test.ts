import { appendFile, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FileIndex } from '../../src/cache/file/file-index.js';
import type { IndexEffect } from '../../src/cache/file/index-effect.js';
import { IndexFile } from '../../src/cache/file/index-file.js';
import { checksumText } from '../../src/cache/file/value-file.js';
import { evictionPolicies } from '../../src/cache/memory/eviction-policy.js';
import { TestDirectory } from '../../src/testing/test-directory.js';
import { closersAfterEach } from '../support/closers.js';

const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
const set = (key: string, file = `file of ${key}`): IndexEffect => [
  'set',
  key,
  file,
  { sizeBytes: 10, expiresAt: null, ttlMs: null, tags: [] },
];
const lineOf = (content: unknown) => {
  const text = JSON.stringify(content);
  return `${checksumText(crc32(text))}${text}\n`;
};

/** The index as who holds the directory's lock changes it and others read it; the lock is the test's own order of things. */
describe('the index file of a cache', () => {
  let path: string;
  const closers = closersAfterEach();
  beforeEach(async () => {
    const directory = await TestDirectory.create();
    closers.push(() => directory.remove());
    path = join(directory.path, 'index');
  });

  function open(): IndexFile {
    const file = new IndexFile(path, () => new FileIndex(evictionPolicies.lru()));
    closers.push(() => file.forget());
    return file;
  }

  function write(file: IndexFile, ...effects: readonly IndexEffect[]): void {
    const index = file.settled();
    for (const effect of effects) index.apply(effect);
    file.append(effects);
    file.tidy();
  }

  const found = (file: IndexFile) => keys.filter((key) => file.current().get(key, 0));

  it('is what several write in turn, for each of them and who only reads', () => {
    const [one, two, reader] = [open(), open(), open()];
    expect(found(reader)).toEqual([]);
    for (const [turn, key] of keys.entries()) write(turn % 2 ? one : two, set(key), ['looked', 1, 0]);
    write(two, ['delete', 'key 3'], ['delete', 'key 4']);
    for (const file of [one, two, reader, open()]) {
      expect(found(file)).toEqual(keys.filter((key) => !['key 3', 'key 4'].includes(key)));
      expect(file.current().stats()).toMatchObject({ sets: 20, deletes: 2, hits: 20, bytes: 180 });
    }
  });

  it('has no half of a change, wherever its end was cut off, and goes on after it', async () => {
    const one = open();
    write(one, set('key 0'));
    const { size: before } = await stat(path);
    write(one, set('key 1'), set('key 2'));
    const whole = await readFile(path);
    for (const size of [before + 1, before + 8, before + 9, whole.length - 2, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, size));
      const [reader, writer] = [open(), open()];
      expect(found(reader)).toEqual(['key 0']);
      write(writer, set('key 3'));
      for (const file of [reader, writer, open()]) expect(found(file)).toEqual(['key 0', 'key 3']);
    }
  });

  it('sees what is added to a line that it had read half of', async () => {
    const one = open();
    write(one, set('key 0'));
    const reader = open();
    const line = lineOf([set('key 1')]);
    for (const part of [line.slice(0, 5), line.slice(5, 20), line.slice(20, -1)]) {
      await appendFile(path, part);
      expect(found(reader)).toEqual(['key 0']);
    }
    await appendFile(path, '\n');
    expect(found(reader)).toEqual(['key 0', 'key 1']);
  });

  it('ends before a damaged line, and loses what comes after it when it is written to', async () => {
    const one = open();
    for (const key of keys.slice(0, 3)) write(one, set(key));
    const content = await readFile(path, 'utf8');
    await writeFile(path, content.replace('file of key 1', 'file of key 9'));
    const writer = open();
    expect(found(writer)).toEqual(['key 0']);
    write(writer, set('key 5'));
    for (const file of [writer, open()]) expect(found(file)).toEqual(['key 0', 'key 5']);
    expect(await readFile(path, 'utf8')).not.toContain('key 9');
  });

  it.each<[string, unknown]>([
    ['an effect', [['swap', 'key 0', 'key 1']]],
    ['an effect without a name', [[]]],
    ['an effect of another form', [{ swap: ['key 0', 'key 1'] }, null]],
    ['a line of another form', { version: 2 }],
  ])('takes nothing before %s that only a newer version knows for true, and what comes after it', async (_, line) => {
    const one = open();
    write(one, set('key 0'), set('key 1'));
    await appendFile(path, lineOf(line) + lineOf([set('key 2')]));
    for (const file of [one, open()]) expect(found(file)).toEqual(['key 2']);
    write(one, set('key 3'));
    expect(found(open())).toEqual(['key 2', 'key 3']);
  });

  it('is written anew when most of it is history, and read on by those who had the old one', async () => {
    const [one, reader] = [open(), open()];
    write(one, set('key 0'), ['lock', 'turn', 'token', Date.now() + 60_000, 7, ['t']]);
    expect(found(reader)).toEqual(['key 0']);
    const { ino } = await stat(path);
    let largest = 0;
    for (let round = 0; round < 30; round += 1) {
      write(
        one,
        ...Array.from({ length: 250 }, (): IndexEffect[] => [
          ['use', 'key 0', 1],
          ['looked', 1, 0],
        ]).flat(),
      );
      largest = Math.max(largest, (await stat(path)).size);
    }
    expect((await stat(path)).ino).not.toBe(ino);
    expect((await stat(path)).size).toBeLessThan(largest);
    write(one, set('key 1'));
    for (const file of [one, reader, open()]) {
      expect(found(file)).toEqual(['key 0', 'key 1']);
      expect(file.current().stats()).toMatchObject({ hits: 7_500, sets: 2 });
      expect(file.current().holderOf('turn', Date.now())).toMatchObject({ token: 'token', fence: 7, tags: ['t'] });
    }
  });

  it('is empty for everybody when it is lost, and begins anew', async () => {
    const [one, reader] = [open(), open()];
    write(one, set('key 0'));
    expect(found(reader)).toEqual(['key 0']);
    await rm(path);
    expect([found(one), found(reader)]).toEqual([[], []]);
    write(one, set('key 1'));
    for (const file of [one, reader]) expect(found(file)).toEqual(['key 1']);
  });

  it('is what stands there now when somebody cut it or put another in its place', async () => {
    const [one, reader] = [open(), open()];
    write(one, set('key 0'));
    const { size } = await stat(path);
    write(one, set('key 1'));
    expect(found(reader)).toEqual(['key 0', 'key 1']);
    await truncate(path, size);
    expect([found(one), found(reader)]).toEqual([['key 0'], ['key 0']]);
    await writeFile(`${path}.restored`, lineOf([set('key 7')]).repeat(9));
    await rename(`${path}.restored`, path);
    expect([found(one), found(reader)]).toEqual([['key 7'], ['key 7']]);
    write(reader, set('key 8'));
    expect(found(one)).toEqual(['key 7', 'key 8']);
  });

  it('leaves a draft of itself that a crash left behind', async () => {
    const one = open();
    write(one, set('key 0'));
    await writeFile(`${path}.next`, 'half of a n');
    await appendFile(path, 'torn');
    write(one, set('key 1'));
    expect(found(open())).toEqual(['key 0', 'key 1']);
    await expect(stat(`${path}.next`)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
