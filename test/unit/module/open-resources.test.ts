import { describe, expect, it } from '@jest/globals';
import { SecretRedactor } from '../../../src/logging/index.js';
import { type Cache, cacheToken } from '../../../src/cache/index.js';
import { Inject, moduleOptions, type Problem, readModuleGraph } from '../../../src/container/index.js';
import { type Database, databaseToken } from '../../../src/database/index.js';
import { Deferred, type Logger } from '../../../src/foundation/index.js';
import { type ModuleWorld, OpenResources } from '../../../src/module/open-resources.js';
import { PendingSteps } from '../../../src/module/pending-steps.js';
import type { OpenedResource } from '../../../src/module/world.js';

class App {
  @Inject(databaseToken()) readonly database!: Database;
  @Inject(cacheToken()) readonly cache!: Cache;
}
moduleOptions.add(App, { id: 'app' });
const graph = readModuleGraph(App, [] satisfies Problem[]);

const nothing = () => undefined;
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };

function resource(closed: string[], description: string): OpenedResource<never> {
  const close = () => Promise.resolve(void closed.push(description));
  return { value: undefined as never, source: 'direct', description, why: 'the test', close };
}

function worldOf(database: () => Promise<OpenedResource<never>>, cache: () => Promise<OpenedResource<never>>) {
  return { openDatabase: database, openCache: cache } as unknown as ModuleWorld;
}

describe('the connections of a boot', () => {
  it('fails at the first that fails, and closes those that open later', async () => {
    const closed: string[] = [];
    const late = new Deferred<OpenedResource<never>>();
    const world = worldOf(
      () => late.promise,
      () => Promise.reject(new Error('no cache')),
    );
    const resources = new OpenResources(world, logger, new SecretRedactor());
    await expect(resources.open(graph, new PendingSteps())).rejects.toThrow('no cache');
    await resources.close(1_000);
    expect(closed).toEqual([]);
    late.resolve(resource(closed, 'database'));
    await new Promise(setImmediate);
    expect(closed).toEqual(['database']);
  });

  it('closes what is open, and waits for none longer than its grace', async () => {
    const closed: string[] = [];
    const world = worldOf(
      () => Promise.resolve(resource(closed, 'database')),
      () => Promise.resolve({ ...resource(closed, 'cache'), close: () => new Promise<void>(nothing) }),
    );
    const resources = new OpenResources(world, logger, new SecretRedactor());
    await resources.open(graph, new PendingSteps());
    await resources.close(1);
    expect(closed).toEqual(['database']);
  });
});
