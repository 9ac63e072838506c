import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Injectable, InjectJwt, type Jwt, Module } from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import { jwtAlgorithms } from '../../src/jwt/index.js';
import { jwtContract, type JwtFixture, newKey } from './jwt-contract.js';

@Injectable()
class Tokens {
  constructor(@InjectJwt() readonly jwt: Jwt) {}
}

@Module({ id: 'tokens', providers: [Tokens] })
class TokensModule {}

const worlds = jwtAlgorithms.flatMap((algorithm) =>
  (['direct', 'proxied through an orchestrator'] as const).map((world) => ({ algorithm, world })),
);

describe.each(worlds)('Jwt with $algorithm, $world', ({ algorithm, world }) => {
  let app: TestApp;
  let fixture: JwtFixture;
  beforeAll(async () => {
    const key = newKey(algorithm);
    const test = testModule(TokensModule).env({ PYWATT_JWT_ALGORITHM: algorithm }).secret('JWT_KEY', key);
    app = await (world === 'direct' ? test : test.proxied()).boot();
    fixture = { jwt: app.get(Tokens).jwt, algorithm, key };
  });
  afterAll(() => app.close());

  const runContractCase = (index: number) => jwtContract[index]!.run(fixture);
  it.each(jwtContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) => runContractCase(index));
});
