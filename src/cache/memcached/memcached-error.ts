import { messageOf } from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';
import { type MemcachedReply, memcachedStatus } from './memcached-request.js';

/** A reply that refuses. */
class RefusedRequest extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

/** A memcached that marks no versions of items: a request for one version would be done to any. */
export class MissingCas extends Error {}

/** Whether the reply is a yes; false for the statuses named, which are a no. Throws for all else. */
export function isDone({ status, value }: MemcachedReply, ...no: readonly number[]): boolean {
  if (status === memcachedStatus.ok) return true;
  if (no.includes(status)) return false;
  throw new RefusedRequest(status, value.toString());
}

/** Whether a server refused a login, or a request for want of one; memjs says it by a text. */
export function isRefusedLogin(error: unknown): boolean {
  return messageOf(error).includes('authentication failed');
}

/** What a failure means to the user of a cache. `isRepeatable`: doing it twice is as good as once. */
export function memcachedError(error: unknown, where: string, isRepeatable: boolean): CacheError {
  if (error instanceof CacheError) return error;
  if (error instanceof RefusedRequest) return refusal(error, where);
  if (error instanceof MissingCas) {
    const message = `${where}: memcached runs without CAS (-C), so nothing can be changed atomically; start it without -C`;
    return new CacheError('OPERATION', message);
  }
  const lost = isRepeatable ? '' : '; it may have been done';
  return new CacheError('CONNECTION', `${where}: the connection to memcached was lost${lost}`, {
    cause: error,
    retryable: isRepeatable,
  });
}

function refusal(error: RefusedRequest, where: string): CacheError {
  switch (error.status) {
    case memcachedStatus.tooLarge:
      return new CacheError(
        'FULL',
        `${where}: the value is larger than memcached's largest item, 1 MB unless it was started with -I`,
      );
    case memcachedStatus.outOfMemory:
      return new CacheError('FULL', `${where}: memcached is out of memory and may let nothing go`);
    case memcachedStatus.busy:
    case memcachedStatus.temporaryFailure:
      return new CacheError('CONNECTION', `${where}: memcached answers: ${error.message}`, { retryable: true });
    default:
      return new CacheError('OPERATION', `${where}: memcached answers: ${error.message}`);
  }
}
