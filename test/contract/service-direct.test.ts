import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InjectService, Module } from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import { serviceContract } from './service-contract.js';
import { Geo, TestGeo } from './services/geo.js';
import { failureOf } from './services/service-case.js';

@Module({ id: 'traveller', services: [Geo.direct(() => new TestGeo())] })
class Traveller {
  constructor(@InjectService(Geo) readonly geo: Geo) {}
}

describe.each([
  { world: 'direct', boot: () => testModule(Traveller).boot() },
  { world: 'proxied over bytes in one process', boot: () => testModule(Traveller).proxied().boot() },
])('a service of defineService, $world', ({ boot }) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await boot();
  });
  afterAll(() => app.close());

  const runContractCase = (index: number) =>
    serviceContract[index]!.run({ geo: app.get(Traveller).geo, moduleId: 'traveller' });
  it.each(serviceContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) =>
    runContractCase(index),
  );

  it('fails with CLOSED once the module is closed, also what was under way', async () => {
    const other = await boot();
    const { geo } = other.get(Traveller);
    await geo.forget();
    const underWay = failureOf(geo.hangLong(), 'CLOSED');
    await geo.echo(1);
    await other.close();
    await underWay;
    await failureOf(geo.forget(), 'CLOSED');
    expect(Object.keys(geo)).not.toContain('close');
  });
});
