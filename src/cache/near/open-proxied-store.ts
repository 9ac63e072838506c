import type { ServiceConnection } from '../../wire/index.js';
import { ProxiedCacheStore } from '../proxied-cache-store.js';
import { NearCacheStore } from './near-cache-store.js';
import { nearTermsIn } from './near-terms.js';

/** The store behind a connection to the orchestrator, with a near cache where the orchestrator lets the module have one. */
export function openProxiedStore(name: string, connection: ServiceConnection): ProxiedCacheStore {
  const near = connection.typedValues ? nearTermsIn(connection.info) : undefined;
  return near ? new NearCacheStore(name, connection, near) : new ProxiedCacheStore(name, connection);
}
