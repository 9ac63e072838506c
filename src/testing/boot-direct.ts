import type { ModuleGraph } from '../container/index.js';
import { SecretRedactor } from '../logging/index.js';
import { boot, directSecretProviders } from '../module/index.js';
import {
  ChainedSecretProvider,
  localParticipant,
  MemorySecretProvider,
  RotationCoordinator,
  SecretStore,
} from '../secrets/index.js';
import { testConnections } from './test-connections.js';
import { TestApp } from './test-app.js';
import { TestDirectory } from './test-directory.js';
import { testLogger } from './test-logger.js';
import type { TestPlan } from './test-plan.js';

/** The module of `graph` by itself. Rotations go through a real coordinator whose one participant is the module. */
export async function bootDirect(graph: ModuleGraph, plan: TestPlan): Promise<TestApp> {
  const redactor = new SecretRedactor();
  const logger = testLogger(plan.env, redactor);
  const directory = await TestDirectory.create();
  const provider = new ChainedSecretProvider([
    new MemorySecretProvider(Object.fromEntries(plan.secrets)),
    ...directSecretProviders(plan.env),
  ]);
  const store = new SecretStore({ provider, redactor });
  try {
    const { module, secrets } = await boot(graph.root.class, {
      detected: { environment: 'direct', why: 'testModule' },
      env: { ...plan.env, ...testConnections(graph, plan.env, directory).env },
      logger,
      redactor,
      overrides: plan.overrides,
      timeout: plan.timeout,
      maxBody: plan.maxBody,
      synchronize: true,
      services: plan.services,
      secrets: () => Promise.resolve({ source: store }),
    });
    const participant = localParticipant(module.id, secrets);
    const rotations = new RotationCoordinator({ store, redactor, logger, participants: () => [participant] });
    return new TestApp({
      module,
      request: (target, options) => module.request(target, options),
      rotateSecret: (name, value) => rotations.rotate(name, value),
      close: async () => {
        try {
          await rotations.close();
          await module.close();
        } finally {
          await directory.remove();
        }
      },
    });
  } catch (error) {
    await directory.remove();
    throw error;
  }
}
