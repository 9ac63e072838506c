import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Class, InjectService, Module } from '@pywatt/sdk';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { type Orchestrator, startOrchestrator } from '../../src/orchestrator/index.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { serviceContract } from './service-contract.js';
import { Geo, TestGeo } from './services/geo.js';
import { failureOf } from './services/service-case.js';

@Module({ id: 'geographer', serves: [Geo.servedBy(TestGeo)] })
class Geographer {}

@Module({ id: 'traveller' })
class Traveller {
  constructor(@InjectService(Geo) readonly geo: Geo) {}
}

const logger = createLogger({ level: 'error', redactor: new SecretRedactor(), write: () => undefined });

function launcherOf(root: Class): InProcessLauncher {
  const plan = { overrides: new Map(), secrets: new Map(), services: [], env: {}, timeout: undefined };
  return new InProcessLauncher(root, plan, logger);
}

/** Two modules of one orchestrator, of which one serves the other. */
async function startBoth(): Promise<{ orchestrator: Orchestrator; geo: Geo; stopTraveller: () => Promise<void> }> {
  const launchers = { geographer: launcherOf(Geographer), traveller: launcherOf(Traveller) };
  const modules = { geographer: { serves: ['geo'] }, traveller: { services: ['geo'] } };
  const config = { modules, gateway: false as const, state: '.pywatt-unused' };
  const orchestrator = await startOrchestrator(config, { logger, launchers, control: false });
  await orchestrator.ready;
  const traveller = await launchers.traveller.booted;
  return { orchestrator, geo: traveller.get(Traveller).geo, stopTraveller: () => traveller.close() };
}

describe('a service of defineService that another module serves', () => {
  let orchestrator: Orchestrator;
  let geo: Geo;
  beforeAll(async () => {
    ({ orchestrator, geo } = await startBoth());
  });
  afterAll(() => orchestrator.close());

  const runContractCase = (index: number) => serviceContract[index]!.run({ geo, moduleId: 'traveller' });
  it.each(serviceContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) =>
    runContractCase(index),
  );

  it('fails with CLOSED once the module that calls is closed, also what was under way', async () => {
    const other = await startBoth();
    const underWay = failureOf(other.geo.hangLong(), 'CLOSED');
    await other.geo.echo(1);
    await other.stopTraveller();
    await underWay;
    await failureOf(other.geo.forget(), 'CLOSED');
    expect(Object.keys(other.geo)).not.toContain('close');
    await other.orchestrator.close();
  });
});
