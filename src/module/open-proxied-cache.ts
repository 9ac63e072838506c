import { type Cache, openProxiedStore, StoreCache } from '../cache/index.js';
import type { Logger } from '../foundation/index.js';
import type { OrchestratorSession } from './orchestrator-session.js';
import type { OpenedResource } from './world.js';

/** A cache that the orchestrator holds. Loaded by the first module that has one. */
export async function openProxiedCache(
  session: OrchestratorSession,
  name: string,
  why: string,
  logger: Logger,
): Promise<OpenedResource<Cache>> {
  const connection = await session.openService('Cache', name);
  const value = new StoreCache(openProxiedStore(name, connection), logger);
  const { description } = connection.info;
  return {
    value,
    source: 'proxied',
    description: typeof description === 'string' ? description : 'cache',
    why,
    close: () => value.close(),
  };
}
