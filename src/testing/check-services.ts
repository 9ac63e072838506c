import { describeKey, type ModuleGraph } from '../container/index.js';
import { BootError, didYouMean } from '../foundation/index.js';
import { namesOf } from '../module/index.js';
import { type ServedService, serviceKind } from '../services/index.js';

/** Throws OVERRIDE_INVALID for a service that the module does not inject, naming the nearest it does, or that is given twice. */
export function checkServices(graph: ModuleGraph, services: readonly ServedService[]): void {
  const injected = graph.resources.map(({ key }) => key);
  const known = namesOf(graph, serviceKind);
  services.forEach(({ provide, service: { id } }, index) => {
    if (!injected.includes(provide))
      throw new BootError(
        'OVERRIDE_INVALID',
        `nothing in ${describeKey(graph.root.class)} injects the service '${id}'${didYouMean(
          id,
          known.filter((name) => name !== id),
        )}`,
      );
    if (services.findIndex((other) => other.provide === provide) < index)
      throw new BootError('OVERRIDE_INVALID', `the service '${id}' is given twice; keep one`);
  });
}
