import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { codeOf } from './file-error.js';
import type { FileIndex } from './file-index.js';
import type { IndexEffect } from './index-effect.js';
import { checksumText } from './value-file.js';

/** An index with so many more effects than it needs is written anew. */
const spareEffects = 5_000;
const effectsInLine = 500;
const newline = 0x0a;
/** Stands for what only a newer version can have written. */
const unknown = [] as unknown as IndexEffect;

/**
 * The index of a directory: a file of lines, each the effects of one change as JSON behind a CRC-32 in eight
 * hexadecimal digits. A line counts once it is whole, so a change happens or does not, whatever becomes of its writer.
 * Only who holds the directory's lock adds lines; everybody reads, and keeps a `FileIndex` up with them.
 * What a crash or damage left behind the last good line is dropped when the index is written anew, in one step.
 */
export class IndexFile {
  #file: number | undefined;
  #inode = 0;
  #offset = 0;
  #effects = 0;
  /** How many effects it had when it was last written anew. */
  #leastEffects = 0;
  #index: FileIndex;

  constructor(
    private readonly path: string,
    private readonly emptyIndex: () => FileIndex,
  ) {
    this.#index = emptyIndex();
  }

  /** The index as it was last read. */
  get known(): FileIndex {
    return this.#index;
  }

  /** The index with all that others have written. Throws as the file system does. */
  current(): FileIndex {
    const found = statSync(this.path, { throwIfNoEntry: false });
    if (!found || found.ino !== this.#inode || found.size < this.#offset) this.forget();
    if (!found) return this.#index;
    if (this.#file === undefined) {
      this.#file = open(this.path);
      if (this.#file === undefined) return this.#index;
      this.#inode = fstatSync(this.#file).ino;
    }
    if (found.size > this.#offset) this.#readOn();
    return this.#index;
  }

  /** As `current`, by who holds the lock: what is not whole now never will be, and goes. */
  settled(): FileIndex {
    const index = this.current();
    if (this.#file === undefined) this.#rewrite();
    else if (fstatSync(this.#file).size > this.#offset) this.#rewrite();
    index.takeDropped();
    return index;
  }

  /** Adds what was applied to the index already. Throws as the file system does; then the caller must `forget`. */
  append(effects: readonly IndexEffect[]): void {
    const line = lineOf(effects);
    const file = this.#file!;
    try {
      for (let written = 0; written < line.byteLength;) written += writeSync(file, line, written);
    } catch (error) {
      ftruncateSync(file, this.#offset);
      throw error;
    }
    this.#offset += line.byteLength;
    this.#effects += effects.length;
  }

  /** Writes the index anew when most of it is history. By who holds the lock. */
  tidy(): void {
    if (this.#effects <= 2 * this.#leastEffects + spareEffects) return;
    try {
      this.#rewrite();
    } catch {
      // No room for a second one: the old one is as true, and a later change tries again.
    }
  }

  /** Reads everything again next time. */
  forget(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#inode = 0;
    this.#offset = 0;
    this.#effects = 0;
    this.#leastEffects = 0;
    this.#index = this.emptyIndex();
  }

  #readOn(): void {
    const { size } = fstatSync(this.#file!);
    const bytes = Buffer.allocUnsafe(size - this.#offset);
    const length = readSync(this.#file!, bytes, 0, bytes.byteLength, this.#offset);
    let start = 0;
    for (;;) {
      const end = bytes.subarray(0, length).indexOf(newline, start);
      const effects = end === -1 ? undefined : effectsOf(bytes.subarray(start, end));
      if (!effects) break;
      for (const effect of effects) this.#index.apply(effect);
      this.#effects += effects.length;
      if (effects.at(-1)?.[0] === 'counts') this.#leastEffects = this.#effects;
      start = end + 1;
    }
    this.#offset += start;
    this.#index.takeDropped();
  }

  #rewrite(): void {
    const next = `${this.path}.next`;
    const all = [...this.#index.effects(Date.now())];
    const lines: Buffer[] = [];
    for (let from = 0; from < all.length; from += effectsInLine)
      lines.push(lineOf(all.slice(from, from + effectsInLine)));
    const content = Buffer.concat(lines);
    rmSync(next, { force: true });
    const file = openSync(next, 'ax+', 0o600);
    try {
      for (let written = 0; written < content.byteLength;) written += writeSync(file, content, written);
      renameSync(next, this.path);
    } catch (error) {
      closeSync(file);
      rmSync(next, { force: true });
      throw error;
    }
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = file;
    this.#inode = fstatSync(file).ino;
    this.#offset = content.byteLength;
    this.#effects = all.length;
    this.#leastEffects = all.length;
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_APPEND);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) !== 'EROFS' && codeOf(error) !== 'EACCES') throw error;
    return openSync(path, 'r');
  }
}

function lineOf(effects: readonly IndexEffect[]): Buffer {
  const text = JSON.stringify(effects);
  return Buffer.from(`${checksumText(crc32(text))}${text}\n`);
}

/** Undefined when the line is damaged. */
function effectsOf(line: Buffer): readonly IndexEffect[] | undefined {
  const text = line.subarray(8);
  if (line.toString('latin1', 0, 8) !== checksumText(crc32(text))) return undefined;
  const effects: unknown = JSON.parse(text.toString('utf8'));
  if (!Array.isArray(effects)) return [unknown];
  return effects.map((effect: unknown) => (Array.isArray(effect) ? (effect as unknown as IndexEffect) : unknown));
}
