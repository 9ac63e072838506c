import { testModule } from '@pywatt/sdk/testing';
import type { Class } from '../../src/container/index.js';

/** For `describe.each`: a module by itself, and under an orchestrator. */
export function bothWorlds(module: Class) {
  return [
    { world: 'direct', boot: () => testModule(module).boot() },
    { world: 'proxied', boot: () => testModule(module).proxied().boot() },
  ];
}
