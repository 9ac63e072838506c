import { isUtf8 } from 'node:buffer';
import { open, stat } from 'node:fs/promises';
import { longestValue, longestValueBytes } from '../checked-value.js';
import { SecretError } from '../secret-error.js';

/**
 * The text of a file of at most 1 MiB. Rejects with `SecretError` INVALID, in the words of `what`, for one that is larger,
 * no file or not UTF-8; otherwise as the file system does.
 */
export async function readSecretFile(path: string, what: string, name: string): Promise<string> {
  const invalid = (why: string) => new SecretError('INVALID', `${what} in ${path} is ${why}`, { details: { name } });
  // Asked first, because opening a pipe waits for somebody who writes.
  if (!(await stat(path)).isFile()) throw invalid('not a file');
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min((await file.stat()).size, longestValueBytes) + 1);
    const bytes = await readFrom(file, buffer);
    if (bytes.length > longestValueBytes) throw invalid(`larger than ${longestValue}`);
    if (!isUtf8(bytes)) throw invalid('not UTF-8 text; store binary secrets as base64');
    return bytes.toString('utf8');
  } finally {
    await file.close();
  }
}

/** As much as the buffer holds: of a file that grows meanwhile one byte more than it had, which the next look sees. */
async function readFrom(file: Awaited<ReturnType<typeof open>>, buffer: Buffer): Promise<Buffer> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** The code of a system error, such as `ENOENT`. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
}
