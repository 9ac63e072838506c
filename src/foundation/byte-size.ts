import { ValueError } from './pywatt-error.js';

const unitBytes: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** Bytes of a size people write: `'10mb'`, `'512kb'`, `'100b'` (powers of 1024), or a plain number of bytes. */
export function parseByteSize(size: string | number, what = 'size'): number {
  const match = /^(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?$/i.exec(String(size).trim());
  const bytes = match ? Math.floor(Number(match[1]) * (unitBytes[(match[2] ?? 'b').toLowerCase()] ?? 1)) : Number.NaN;
  if (!Number.isFinite(bytes) || bytes <= 0) {
    throw new ValueError(
      `${what} ${JSON.stringify(size)} is not a size: write '10mb', '512kb' or a number of bytes above 0`,
    );
  }
  return bytes;
}
