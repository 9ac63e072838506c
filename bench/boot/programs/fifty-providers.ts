import { type Class, Inject, Injectable, Module, runModule } from '@pywatt/sdk';

// Each but the first injects the one before it.
@Injectable()
class Provider1 {}

const providers: Class[] = [Provider1];
while (providers.length < 50) {
  @Injectable()
  class Provider {
    constructor(readonly previous: unknown) {}
  }
  Inject(providers.at(-1)!)(Provider, undefined, 0);
  Object.defineProperty(Provider, 'name', { value: `Provider${providers.length + 1}` });
  providers.push(Provider);
}

@Module({ id: 'fifty-providers', providers })
class FiftyProviders {}

await runModule(FiftyProviders);
