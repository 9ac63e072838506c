import { resolve } from 'node:path';
import type { CacheSettings } from '../cache-settings.js';
import { LeasedStore } from '../load/leased-store.js';
import { boundsOf } from '../memory/memory-backend.js';
import { FileStore } from './file-store.js';

/**
 * What opens a file cache of these settings. A relative directory is one of the current directory. Throws CacheError
 * CONFIGURATION for what cannot be meant.
 */
export function fileBackend(settings: CacheSettings): () => Promise<LeasedStore> {
  settings.allow('file', ['policy', 'max', 'entries', 'ttl', 'sliding']);
  const path = settings.location.replace(/^\/\/(?=.)/, '');
  if (path === '' || path.includes('\0'))
    throw settings.mistake("the url names no directory; write 'file:./directory' and, after it, '?max=10mb'");
  const options = { ...boundsOf(settings), directory: resolve(path) };
  return async () => new LeasedStore(new FileStore(options));
}
