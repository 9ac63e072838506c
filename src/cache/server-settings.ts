import { nameSegment } from '../foundation/index.js';
import type { CacheSettings } from './cache-settings.js';
import { FailOpenStore } from './fail-open-store.js';
import type { LeasableStore } from './load/leasable-store.js';
import { LeasedStore } from './load/leased-store.js';
import type { SharedStore } from './load/leasing-store.js';

/** What caches on a server have in common. */
export interface ServerSettings {
  /** How long one operation may take. */
  readonly timeoutMs: number;
  /** Whether an operation gives up at once where the server is known to be away, instead of waiting for it until its timeout. */
  readonly failsFast: boolean;
  /** Keeps this cache apart from others on the server; may be empty. */
  readonly prefix: string;
  /** The store with leases and with what was chosen for when its server is away. */
  readonly withPolicy: (store: LeasableStore) => SharedStore;
}

const defaultTimeoutMs = 2_000;

/** Throws CacheError CONFIGURATION for what cannot be meant. */
export function serverSettings(settings: CacheSettings): ServerSettings {
  const policy = settings.text('failure') ?? 'fail-closed';
  if (policy !== 'fail-open' && policy !== 'fail-closed')
    throw settings.mistake(`onFailure is '${policy}'; write fail-open or fail-closed`);
  const isOpen = policy === 'fail-open';
  return {
    failsFast: isOpen,
    timeoutMs: settings.durationMs('timeout', 'nothing would ever be found') ?? defaultTimeoutMs,
    prefix: settings.text('prefix') ?? `pywatt:${nameSegment(settings.name)}:`,
    withPolicy: (store) => {
      const leased = new LeasedStore(store);
      return isOpen ? new FailOpenStore(leased, settings.logger) : leased;
    },
  };
}
