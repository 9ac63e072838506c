import { messageOf } from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';

/** The code of an error of the file system, `ENOSPC` for one. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

/** What a failure of the file system means to the user. */
export function fileError(error: unknown, name: string, directory: string): CacheError {
  if (error instanceof CacheError) return error;
  const code = codeOf(error);
  const where = `cache '${name}'`;
  const options = { details: { directory, ...(code !== undefined && { code }) }, cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `${where}: the disk of ${directory} is full (${code}), so nothing was stored. Free some room or lower max`;
    return new CacheError('FULL', message, options);
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    const message = `${where}: this process may not write to ${directory} (${code}); give it the right, or name another directory`;
    return new CacheError('OPERATION', message, options);
  }
  return new CacheError('OPERATION', `${where}: ${directory} cannot be used: ${messageOf(error)}`, options);
}
