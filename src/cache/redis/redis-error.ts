import { messageOf } from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';
import { beyondIntegers, notAnInteger } from './redis-scripts.js';
import { valueTooLarge } from './redis-value-bound.js';

const refusal = '(?:WRONGPASS|NOAUTH|ERR invalid password|ERR AUTH)';
const refusedLogin = new RegExp(`^${refusal}`);
const refusedBySentinels = new RegExp(`sentinels are unreachable.*Last error: ${refusal}`, 's');

/** Whether a server refused a login, or a command for want of one. */
export function isRefusedLogin(error: unknown): boolean {
  return refusedLogin.test(messageOf(error)) || refusedLogin.test(lastOfCluster(error));
}

/** Whether the sentinels refused theirs: they are all called unreachable then. */
export function isRefusedBySentinels(error: unknown): boolean {
  return refusedBySentinels.test(messageOf(error));
}

/** Whether ioredis is merely through with its list of sentinels, of which the last named a master, and begins it anew. */
export function isEndOfSentinels(error: unknown): boolean {
  return /^All sentinels are unreachable(?!.* Last error: )/s.test(messageOf(error));
}

/** Whether no sentinel, or no node of a cluster, stayed for the first question. ioredis does not tell why. */
export function isClosedUnasked(error: unknown): boolean {
  const closed = 'Connection is closed.';
  return lastOfCluster(error) === closed || messageOf(error).endsWith(`Last error: ${closed}`);
}

/** For people. Of a cluster that none of its nodes made known ioredis says no more than that. */
export function reasonOf(error: unknown): string {
  return [messageOf(error), lastOfCluster(error)].filter((text) => text !== '').join(' ');
}

/** What the last node of a cluster said of which none could be asked for the others; else empty. */
function lastOfCluster(error: unknown): string {
  const last = (error as { lastNodeError?: unknown } | null)?.lastNodeError;
  return last === undefined ? '' : messageOf(last);
}

/** Whether a server refused the database that a connection began with. */
export function isRefusedDatabase(error: unknown): boolean {
  return isReply(error) && (error as { command?: { name?: unknown } }).command?.name === 'select';
}

/** Whether a server does not have, or has no more, the script that it was to run. */
export function isMissingScript(error: unknown): boolean {
  return messageOf(error).startsWith('NOSCRIPT ');
}

/** Whether something else than a string stands where one was to be read. */
export function isNoString(error: unknown): boolean {
  return /\bWRONGTYPE /.test(messageOf(error));
}

/** Whether ioredis gave a command back without having sent it. */
export function isNotSent(error: unknown): boolean {
  return messageOf(error).endsWith('enableOfflineQueue options is false');
}

/** What a failure of ioredis means to the user of a cache. `isRepeatable`: doing it twice is as good as once. */
export function redisError(error: unknown, where: string, isRepeatable: boolean): CacheError {
  if (error instanceof CacheError) return error;
  const message = messageOf(error);
  const cause = withoutCommand(error);
  if (message.includes(notAnInteger))
    return new CacheError('OPERATION', `${where} does not hold an integer, so it cannot be incremented`);
  if (message.includes(beyondIntegers))
    return new CacheError('OPERATION', `${where} would be beyond 2^53 - 1; it stays as it was`);
  if (saysFirst('OOM', error))
    return new CacheError('FULL', `${where}: Redis is at its maxmemory and its policy lets nothing go`, { cause });
  if (isNoString(error))
    return new CacheError(
      'OPERATION',
      `${where}: Redis holds something else than a string there (a list, a hash, …), which no cache wrote; delete it, or give the cache a prefix of its own`,
      { cause },
    );
  if (message === valueTooLarge || message.includes('invalid bulk length'))
    return new CacheError('FULL', `${where}: it is larger than Redis takes at once (proto-max-bulk-len)`, { cause });
  if (isReply(error)) {
    const isPassing = saysFirst('LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|READONLY|MISCONF|NOREPLICAS', error);
    return new CacheError(isPassing ? 'CONNECTION' : 'OPERATION', `${where}: Redis answers: ${message}`, {
      cause,
      retryable: isPassing,
    });
  }
  const lost = isRepeatable ? '' : '; it may have been done';
  return new CacheError('CONNECTION', `${where}: the connection to Redis was lost${lost}`, {
    cause,
    retryable: isRepeatable,
  });
}

/** Whether a replica was to write: a master that is one now, or an address that is another server's by now. */
export function isOfReplica(error: unknown): boolean {
  return saysFirst('READONLY', error);
}

/** Whether a server's error is one of these; Redis 6 says it in the middle where a script was refused. */
function saysFirst(kinds: string, error: unknown): boolean {
  return new RegExp(`(?:^|: -)(?:${kinds}) `).test(messageOf(error));
}

/** Whether the server answered with an error. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** ioredis hangs the command on its errors, arguments included: keys, values, passwords. */
export function withoutCommand(error: unknown): unknown {
  if (error instanceof Error && 'command' in error) delete error.command;
  return error;
}
