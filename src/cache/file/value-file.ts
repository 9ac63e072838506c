import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, unlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { createDirectory, fewAtOnce } from '../../foundation/index.js';
import { codeOf } from './file-error.js';

/** What the header of a value says beside it. */
export interface ValueHeader {
  readonly key: string;
  /** Wall clock, in milliseconds; null without a ttl. */
  readonly expiresAt: number | null;
  readonly ttlMs: number | null;
  readonly tags: readonly string[];
}

const checksumBytes = 8;
const newline = 0x0a;
const [fileMode, directoryMode] = [0o600, 0o700];

/** A name for the next value of a key: safe for any key, and never given twice. */
export function newFileName(key: string): string {
  const hash = createHash('sha256').update(key).digest('hex');
  return `${hash.slice(0, 32)}-${randomBytes(8).toString('hex')}`;
}

/**
 * The files with the values, one for each, in sub-directories by the first two characters of their names:
 * a CRC-32 of the rest in eight hexadecimal digits, the header as one line of JSON, the bytes of the value.
 */
export class ValueFiles {
  constructor(readonly directory: string) {}

  pathOf(file: string): string {
    return join(this.directory, file.slice(0, 2), file);
  }

  async write(file: string, header: ValueHeader, value: Uint8Array): Promise<void> {
    const path = this.pathOf(file);
    const content = encoded(header, value);
    const write = () => writeFile(path, content, { flag: 'wx', mode: fileMode });
    try {
      await write().catch(async (error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error;
        await createDirectory(dirname(path), directoryMode);
        await write();
      });
    } catch (error) {
      await this.remove([file]);
      throw error;
    }
  }

  /** As `write`, at once: for the few bytes of a counter. */
  writeNow(file: string, header: ValueHeader, value: Uint8Array): void {
    const path = this.pathOf(file);
    mkdirSync(dirname(path), { recursive: true, mode: directoryMode });
    try {
      writeFileSync(path, encoded(header, value), { flag: 'wx', mode: fileMode });
    } catch (error) {
      this.removeNow([file]);
      throw error;
    }
  }

  /** The value, or undefined when the file is missing, damaged or another key's. Rejects when it cannot be read. */
  async read(file: string, key: string): Promise<Uint8Array | undefined> {
    try {
      return decoded(await readFile(this.pathOf(file)), key);
    } catch (error) {
      return undefinedIfMissing(error);
    }
  }

  readNow(file: string, key: string): Uint8Array | undefined {
    try {
      return decoded(readFileSync(this.pathOf(file)), key);
    } catch (error) {
      return undefinedIfMissing(error);
    }
  }

  /** What cannot be removed now is swept when the directory is opened next. */
  async remove(files: readonly string[]): Promise<void> {
    await fewAtOnce(files, (file) => unlink(this.pathOf(file)).catch(() => undefined));
  }

  removeNow(files: readonly string[]): void {
    for (const file of files) {
      try {
        unlinkSync(this.pathOf(file));
      } catch {
        // As above.
      }
    }
  }
}

function encoded({ key, expiresAt, ttlMs, tags }: ValueHeader, value: Uint8Array): Buffer {
  const header = Buffer.from(`${JSON.stringify({ key, expiresAt, ttlMs, tags })}\n`);
  return Buffer.concat([Buffer.from(checksumText(crc32(value, crc32(header)))), header, value]);
}

function decoded(content: Buffer, key: string): Uint8Array | undefined {
  const rest = content.subarray(checksumBytes);
  const end = rest.indexOf(newline);
  if (end === -1 || content.toString('latin1', 0, checksumBytes) !== checksumText(crc32(rest))) return undefined;
  const header = JSON.parse(rest.toString('utf8', 0, end)) as ValueHeader;
  return header.key === key ? rest.subarray(end + 1) : undefined;
}

/** A CRC-32 in eight hexadecimal digits. */
export function checksumText(checksum: number): string {
  return checksum.toString(16).padStart(checksumBytes, '0');
}

function undefinedIfMissing(error: unknown): undefined {
  const code = codeOf(error);
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EISDIR') throw error;
}
