import { type Class, readModuleGraph } from '../container/index.js';
import { checkImplementations, implementationsIn } from '../module/index.js';
import { type DirectContext, type OpenedHandlers, ServedService, serviceKind } from '../services/index.js';
import type { TestPlan } from './test-plan.js';

export interface TestServices {
  readonly served: readonly ServedService[];
  readonly close: () => Promise<void>;
}

/**
 * What an orchestrator serves in a test: the services given to the test, and for the rest what the modules would
 * implement themselves. Throws GRAPH_INVALID for a service that has neither.
 */
export async function openTestServices(root: Class, plan: TestPlan, context: DirectContext): Promise<TestServices> {
  const graph = readModuleGraph(root, [], plan.overrides);
  const implementations = [...plan.services, ...implementationsIn(graph)];
  checkImplementations(graph, { implementsService: () => true }, implementations);
  const opened: OpenedHandlers[] = [];
  const close = async () => {
    for (const { close: end } of opened.splice(0).reverse()) await end();
  };
  try {
    const served: ServedService[] = [];
    for (const { key, resource } of graph.resources.filter(({ resource: { kind } }) => kind === serviceKind)) {
      const implementation = implementations.find(({ service }) => service === resource.options)!;
      const handlers = await implementation.open(context);
      opened.push(handlers);
      served.push(new ServedService(implementation.service, key, handlers.handlers));
    }
    return { served, close };
  } catch (error) {
    await close();
    throw error;
  }
}
