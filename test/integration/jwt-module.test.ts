import { describe, expect, it } from '@jest/globals';
import { Injectable, InjectJwt, type Jwt, JwtError, jwtToken, Module } from '@pywatt/sdk';
import { Auth, Body, Claims, Controller, Get, Post } from '@pywatt/sdk/http';
import { testModule } from '@pywatt/sdk/testing';

interface User {
  readonly sub: string;
  readonly scope?: string;
}

@Injectable()
class Logins {
  constructor(@InjectJwt() readonly jwt: Jwt) {}
}

@Controller('/users')
class UsersController {
  @InjectJwt() private readonly jwt!: Jwt;

  @Post('/login') async login(@Body({ validate: false }) { name }: { name: string }) {
    return { token: await this.jwt.sign({ sub: name, scope: 'users:read' }, { expiresIn: '5m' }) };
  }
  @Auth({ scope: 'users:read' }) @Get('/me') me(@Claims() { sub }: User) {
    return { sub };
  }
  @Auth({ scope: 'users:write' }) @Post('/me') rename(@Claims() { sub }: User) {
    return { sub };
  }
}

@Module({ id: 'users', providers: [Logins], controllers: [UsersController] })
class UsersModule {}

@Controller('/only')
@Auth()
class OnlyGuarded {
  @Get('/') read(@Claims() claims: User) {
    return { sub: claims.sub };
  }
}

@Module({ id: 'guarded', controllers: [OnlyGuarded] })
class GuardedModule {}

const key = 'a key for tests that is longer than 32 bytes';
const worlds = ['direct', 'proxied'] as const;

function withKey(world: (typeof worlds)[number], root: new () => object = UsersModule) {
  const test = testModule(root).secret('JWT_KEY', key);
  return world === 'direct' ? test : test.proxied();
}

describe.each(worlds)('a module with tokens, %s', (world) => {
  it('signs in its controllers and guards them', async () => {
    await using app = await withKey(world).boot();
    const login = await app.request('/users/login', { method: 'POST', json: { name: 'ada' } });
    const { token } = (await login.json()) as { token: string };
    const ask = (method: string, authorization?: string) =>
      app.request('/users/me', { method, ...(authorization !== undefined && { headers: { authorization } }) });
    expect(await (await ask('GET', `Bearer ${token}`)).json()).toEqual({ sub: 'ada' });
    const denied = await ask('POST', `Bearer ${token}`);
    expect([denied.status, denied.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="users:write"',
    ]);
    const refused = await ask('GET', `Bearer ${token.slice(0, -4)}`);
    expect([refused.status, await refused.json()]).toMatchObject([401, { reason: 'BAD_SIGNATURE' }]);
    expect((await ask('GET')).status).toBe(401);
  });

  it('needs them also where nothing but a guard uses them', async () => {
    await using app = await withKey(world, GuardedModule).boot();
    expect((await app.request('/only')).status).toBe(401);
    expect(app.bindings()).toContainEqual(expect.objectContaining({ kind: 'jwt', source: world }));
  });

  it('says what holds the key and never shows it', async () => {
    await using app = await withKey(world).boot();
    const binding = app.bindings().find(({ kind }) => kind === 'jwt');
    expect(binding).toMatchObject({ name: 'default', source: world, description: "HS256, secret 'JWT_KEY'" });
    expect(JSON.stringify(app.bindings())).not.toContain(key);
  });

  it('takes its settings from the environment of the test', async () => {
    const env = { PYWATT_JWT_ISSUER: 'me', PYWATT_JWT_AUDIENCE: 'a, b', PYWATT_JWT_EXPIRES_IN: '90s' };
    const test = testModule(UsersModule)
      .env({ ...env, PYWATT_JWT_SECRET_NAME: 'OTHER_KEY' })
      .secret('OTHER_KEY', key);
    await using app = await (world === 'direct' ? test : test.proxied()).boot();
    const { jwt } = app.get(Logins);
    const { exp, iat, ...claims } = await jwt.verify(await jwt.sign({}));
    expect([exp - iat!, claims]).toEqual([90, { iss: 'me', aud: ['a', 'b'] }]);
  });

  it('can be given another Jwt, for what is injected and for guards', async () => {
    const fake: Jwt = {
      sign: async () => 'signed',
      verify: async <T extends object>() => ({ sub: 'fake', scope: 'users:read', exp: 0 }) as unknown as T & { exp: 0 },
      close: async () => undefined,
    };
    const test = testModule(UsersModule).override(jwtToken()).with(fake);
    await using app = await (world === 'direct' ? test : test.proxied()).boot();
    const response = await app.request('/users/me', { headers: { authorization: 'Bearer whatever' } });
    expect(await response.json()).toEqual({ sub: 'fake' });
    expect(await app.get(Logins).jwt.sign({})).toBe('signed');
  });
});

describe('a key that cannot be used', () => {
  it('fails the boot of a module by itself, naming the secret and the cure', async () => {
    const boot = testModule(UsersModule).secret('JWT_KEY', 'too short').boot();
    await expect(boot).rejects.toMatchObject({ code: 'KEY', message: expect.stringContaining('openssl rand') });
    await expect(testModule(UsersModule).boot()).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining('PYWATT_SECRET_JWT_KEY'),
    });
    const env = { PYWATT_JWT_ALGORITHM: 'none' };
    await expect(testModule(UsersModule).env(env).boot()).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });

  it('fails the calls of a module under an orchestrator, as a JwtError', async () => {
    await using app = await testModule(UsersModule)
      .env({ LOG_LEVEL: 'error' })
      .secret('JWT_KEY', 'too short')
      .proxied()
      .boot();
    const error: unknown = await app
      .get(Logins)
      .jwt.sign({})
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(JwtError);
    expect(error).toMatchObject({ code: 'KEY' });
  });

  it('is not asked of a test that uses no tokens', async () => {
    @Module({ id: 'plain' })
    class PlainModule {}
    const boot = testModule(PlainModule).secret('JWT_KEY', key).boot();
    await expect(boot).rejects.toMatchObject({ code: 'OVERRIDE_INVALID' });
  });
});
