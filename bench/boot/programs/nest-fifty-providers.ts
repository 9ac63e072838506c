import { Inject, Injectable, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

// Each but the first injects the one before it.
@Injectable()
class Provider1 {}

const providers: Type[] = [Provider1];
while (providers.length < 50) {
  @Injectable()
  class Provider {
    constructor(readonly previous: unknown) {}
  }
  Inject(providers.at(-1))(Provider, undefined, 0);
  Object.defineProperty(Provider, 'name', { value: `Provider${providers.length + 1}` });
  providers.push(Provider);
}

@Module({ providers })
class FiftyProviders {}

await NestFactory.createApplicationContext(FiftyProviders, { logger: false });
process.stdout.write('ready\n');
