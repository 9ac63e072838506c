import { OutageBreaker } from '../foundation/index.js';
import { CacheError } from './cache-error.js';

/**
 * Before one server of a cache. Commands that it refuses count for nothing.
 *
 * @param where for messages: `cache 'default': redis://127.0.0.1:6379`.
 */
export function serverBreaker(where: string): OutageBreaker {
  return new OutageBreaker(isAway, (why, cause) => {
    return new CacheError('CONNECTION', `${where} is not asked: ${why}`, { retryable: true, cause });
  });
}

function isAway(error: unknown): boolean {
  return error instanceof CacheError && error.retryable && (error.code === 'TIMEOUT' || error.code === 'CONNECTION');
}
