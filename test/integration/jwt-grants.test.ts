import { describe, expect, it } from '@jest/globals';
import { Injectable, InjectJwt, type Jwt, JwtError, Module } from '@pywatt/sdk';
import { type ModuleConfigInput, type OrchestratorConfigInput, startOrchestrator } from '@pywatt/sdk/orchestrator';
import { SecretRedactor } from '../../src/logging/index.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { startWith } from './orchestrator-fixture.js';

@Injectable()
class Logins {
  constructor(@InjectJwt() readonly jwt: Jwt) {}
}

@Module({ id: 'logins', providers: [Logins] })
class LoginsModule {}

const key = 'a key for tests that is longer than 32 bytes';
const tokens = { jwt: { secret: { secret: 'JWT_KEY' } }, secrets: [{ memory: { JWT_KEY: key } }] };

/** An orchestrator with modules that run in this process, and those modules. */
async function startModules(
  modules: Record<string, ModuleConfigInput>,
  config: Partial<OrchestratorConfigInput> = tokens,
) {
  const plan = { overrides: new Map(), secrets: new Map(), services: [], env: {}, timeout: undefined };
  const launchers = Object.fromEntries(
    Object.keys(modules).map((id) => [id, new InProcessLauncher(LoginsModule, plan, silentLogger)]),
  );
  const launched = Object.entries(modules).map(([id, module]) => [id, { command: 'launched-here', ...module }]);
  const app = await startWith({ modules: Object.fromEntries(launched), ...config }, { launchers });
  const jwtOf = async (id: string) => (await launchers[id]!.booted).get(Logins).jwt;
  return { app, launchers, jwtOf };
}

describe('tokens under an orchestrator', () => {
  it('of one module are verified by another that was granted no more than that', async () => {
    const modules = { login: { jwt: true }, shop: { jwt: 'verify', restart: 'never' } } as const;
    const { app, jwtOf } = await startModules(modules);
    await using _ = app;
    const [login, shop] = [await jwtOf('login'), await jwtOf('shop')];
    const token = await login.sign({ sub: 'ada' });
    expect(await shop.verify(token)).toMatchObject({ sub: 'ada' });
    const refused: unknown = await shop.sign({ sub: 'root' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(JwtError);
    expect(refused).toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('modules.shop.jwt: true'),
    });
    expect(JSON.stringify(app.lines)).not.toContain(key);
    expect(JSON.stringify(app.lines)).not.toContain(token.split('.')[2]);
  });

  it('are refused to a module that was not granted them, naming the cure', async () => {
    const { app, launchers } = await startModules({ shop: { restart: 'never' } });
    await using _ = app;
    await expect(launchers['shop']!.booted).rejects.toMatchObject({
      message: expect.stringContaining('modules.shop.jwt: true'),
    });
    expect(app.logged(/access refused/)).toMatchObject([{ module: 'shop', kind: 'jwt' }]);
  });

  it('do not give the module the secret with the key', async () => {
    const { app } = await startModules({ login: { jwt: true } });
    await using _ = app;
    const secrets = await app.orchestrator.listSecrets();
    expect(secrets).toContainEqual(
      expect.objectContaining({ name: 'JWT_KEY', modules: [], usedBy: ['the key of tokens'] }),
    );
  });

  it.each([
    [{ modules: { a: { command: 'x', jwt: true } } }, /modules\.a\.jwt: is granted, but there are no tokens/],
    [{ modules: { a: { command: 'x', jwt: 'sign' } }, ...tokens }, /modules\.a\.jwt: "sign" is no grant of tokens/],
    [{ ...tokens, jwt: { secret: key } }, /jwt\.secret: must name a secret/],
    [{ ...tokens, jwt: { ...tokens.jwt, algorithm: 'none' } }, /jwt\.algorithm: must be HS256/],
    [{ ...tokens, jwt: { ...tokens.jwt, expiresIn: '1' } }, /jwt\.expiresIn: .* is not a duration/],
    [{ ...tokens, jwt: { ...tokens.jwt, clockTolerance: '1h' } }, /jwt: clockTolerance of tokens must be at most 10m/],
    [{ ...tokens, jwt: { ...tokens.jwt, audience: [5] } }, /jwt\.audience: must be a list of names/],
    [{ ...tokens, jwt: {} }, /jwt\.secret: is missing/],
  ])('are configured as they can be meant: %j', async (config, message) => {
    const whole = { modules: { a: { command: 'x' } }, ...config } as unknown as OrchestratorConfigInput;
    const error: unknown = await startOrchestrator(whole, {
      logger: silentLogger,
      redactor: new SecretRedactor(),
    }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain(key);
  });
});
