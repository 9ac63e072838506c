import { statSync } from 'node:fs';

/** Which file lies at a path, which no other is until it is removed; `none`, or undefined when that cannot be asked. */
export function fileAt(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats ? `${stats.dev}:${stats.ino}` : 'none';
  } catch {
    return undefined;
  }
}
