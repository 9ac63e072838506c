import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, readModuleGraph, tokenVerifierKey } from '../../../src/container/index.js';
import type { JsonObject, TokenChecks } from '../../../src/foundation/index.js';
import { Auth, checkGuards, Claims, Controller, Get, Head, Post } from '../../../src/http/index.js';
import { JwtError } from '../../../src/jwt/index.js';
import { Module } from '../../../src/module/index.js';
import { appOf, containerOf } from './app-of.js';

/** Knows tokens by their text, and what it was asked. */
class KnownTokens {
  readonly asked: (readonly [string, TokenChecks | undefined])[] = [];
  readonly #known: Readonly<Record<string, JsonObject | Error>>;

  constructor(known: Readonly<Record<string, JsonObject | Error>>) {
    this.#known = known;
  }

  async verify(token: string, checks?: TokenChecks): Promise<JsonObject> {
    this.asked.push([token, checks]);
    const answer = this.#known[token] ?? new JwtError('MALFORMED', 'this is no token');
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

const tokens = new KnownTokens({
  user: { sub: 'u-1', scope: 'orders:read profile' },
  admin: { sub: 'u-2', scp: ['orders:read', 'orders:write'] },
  late: new JwtError('EXPIRED', 'the token has expired', { details: { claim: 'exp' } }),
  lost: new JwtError('CONNECTION', 'the orchestrator is gone', { retryable: true }),
  odd: new Error('a bug'),
});

@Auth()
@Controller('/private')
class PrivateController {
  @Get('/') whoAmI(@Claims() claims: JsonObject) {
    return claims;
  }
  @Auth({ scope: ['orders:read', 'orders:write'] })
  @Post('/orders')
  place(@Claims() { sub }: JsonObject) {
    return { sub };
  }
}

@Controller('/mixed')
class MixedController {
  @Get('/open') open() {
    return 'open';
  }
  @Auth({ audience: 'orders', issuer: ['a', 'b'] }) @Get('/closed') closed() {
    return 'closed';
  }
  @Auth() @Get('/both') read() {
    return 'read';
  }
  @Post('/both') write() {
    return 'written';
  }
  @Auth() @Head('/head') head() {
    return undefined;
  }
}

async function guardedApp() {
  const controllers = [PrivateController, MixedController];
  const container = containerOf(...controllers);
  container.bind(tokenVerifierKey).toConstantValue(tokens);
  const { ask, app, logger } = await appOf(controllers, { container });
  const get = (path: string, authorization?: string, init: RequestInit = {}) =>
    ask(path, { ...init, ...(authorization !== undefined && { headers: { authorization } }) });
  return { get, app, logger };
}

const bodyOf = (response: Response) => response.json() as Promise<Record<string, unknown>>;

describe('@Auth', () => {
  it('lets a request with a valid token through, and gives the handler its claims', async () => {
    const { get } = await guardedApp();
    for (const authorization of ['Bearer user', 'bearer user', 'BEARER  user ']) {
      const response = await get('/private', authorization);
      expect([response.status, await bodyOf(response)]).toEqual([200, { sub: 'u-1', scope: 'orders:read profile' }]);
    }
  });

  it('answers 401 to a request without a token, saying what is missing', async () => {
    const { get, logger } = await guardedApp();
    const response = await get('/private');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await bodyOf(response)).toEqual({
      error: 'the request has no token; send it as Authorization: Bearer <token>',
      code: 'UNAUTHORIZED',
      reason: 'MISSING',
    });
    expect(logger.errors()).toEqual([]);
  });

  it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer ', 'user', 'Bearer user, Bearer admin', 'Bearer user admin'])(
    'answers 401 to the header "%s" without repeating it',
    async (authorization) => {
      const { get } = await guardedApp();
      const response = await get('/private', authorization);
      const body = await bodyOf(response);
      expect(body).toMatchObject({ code: 'UNAUTHORIZED', reason: 'SCHEME' });
      expect(JSON.stringify(body)).not.toMatch(/dXNlcjpwYXNz|admin/);
    },
  );

  it('answers 401 to a token that is refused, with the reason and never with the token', async () => {
    const { get } = await guardedApp();
    const late = await get('/private', 'Bearer late');
    expect(late.status).toBe(401);
    expect(late.headers.get('www-authenticate')).toBe('Bearer error="invalid_token", error_description="EXPIRED"');
    expect(await bodyOf(late)).toEqual({
      error: 'the token has expired',
      code: 'UNAUTHORIZED',
      reason: 'EXPIRED',
      claim: 'exp',
    });
    const forged = await get('/private', 'Bearer forged.token.text');
    expect(JSON.stringify([await bodyOf(forged), [...forged.headers]])).not.toContain('forged.token.text');
  });

  it('answers 403 for a scope that is missing, on top of what the class asks for', async () => {
    const { get } = await guardedApp();
    const refused = await get('/private/orders', 'Bearer user', { method: 'POST' });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="orders:write"');
    expect(await bodyOf(refused)).toEqual({
      error: 'the token lacks the scope orders:write',
      code: 'FORBIDDEN',
      reason: 'SCOPE',
      scope: ['orders:write'],
    });
    const placed = await get('/private/orders', 'Bearer admin', { method: 'POST' });
    expect(await bodyOf(placed)).toEqual({ sub: 'u-2' });
  });

  it('guards only the route it stands on, HEAD included', async () => {
    const { get } = await guardedApp();
    expect((await get('/mixed/open')).status).toBe(200);
    expect((await get('/mixed/closed')).status).toBe(401);
    expect((await get('/mixed/both')).status).toBe(401);
    expect((await get('/mixed/both', undefined, { method: 'POST' })).status).toBe(200);
    expect((await get('/mixed/head', undefined, { method: 'HEAD' })).status).toBe(401);
    expect((await get('/private', undefined, { method: 'HEAD' })).status).toBe(401);
    expect((await get('/private/nothing')).status).toBe(404);
  });

  it('passes on the audience and the issuer it asks for', async () => {
    const { get } = await guardedApp();
    expect(await (await get('/mixed/closed', 'Bearer user')).text()).toBe('closed');
    expect(tokens.asked.at(-1)).toEqual(['user', { audience: 'orders', issuer: ['a', 'b'] }]);
  });

  it('answers 503 or 500, never 401, when the token could not be looked at', async () => {
    const { get, logger } = await guardedApp();
    for (const [token, ...answer] of [
      ['lost', 503, 'SERVICE_UNAVAILABLE'],
      ['odd', 500, 'INTERNAL'],
    ] as const) {
      const response = await get('/private', `Bearer ${token}`);
      expect([response.status, (await bodyOf(response))['code']]).toEqual(answer);
    }
    expect(logger.errors()).toHaveLength(1);
  });

  it('shows in the endpoints where a token is needed whatever the method', async () => {
    const { app } = await guardedApp();
    const guarded = app.routes.filter(({ auth }) => auth === 'jwt').map(({ path }) => path);
    expect(guarded.toSorted()).toEqual(['/mixed/closed', '/mixed/head', '/private', '/private/orders']);
  });

  it('makes its module need tokens', () => {
    @Module({ id: 'guarded', controllers: [MixedController] })
    class GuardedModule {}
    const { resources } = readModuleGraph(GuardedModule, []);
    expect(resources).toMatchObject([{ resource: { kind: 'jwt' }, where: '@Auth of MixedController.closed' }]);
  });

  it('reports what would not guard: a base class, and claims that nothing proves', () => {
    @Controller('/derived')
    class DerivedController extends PrivateController {
      @Get('/') override whoAmI() {
        return {};
      }
    }
    @Controller('/unproven')
    class UnprovenController {
      @Get('/') read(@Claims() claims: JsonObject) {
        return claims;
      }
    }
    expect(checkGuards([PrivateController, MixedController])).toEqual([]);
    expect(checkGuards([DerivedController])).toMatchObject([{ code: 'BAD_DECORATOR', where: 'DerivedController' }]);
    expect(checkGuards([UnprovenController])).toMatchObject([{ where: 'UnprovenController.read' }]);
  });

  it('reports its place on a static method', () => {
    @Injectable()
    class StaticController {
      constructor(@Inject(KnownTokens) readonly known: KnownTokens) {}
      @Auth() static build() {
        return 1;
      }
    }
    @Module({ id: 'static', providers: [{ provide: KnownTokens, useValue: tokens }, StaticController] })
    class StaticModule {}
    const problems: { message: string }[] = [];
    readModuleGraph(StaticModule, problems as never);
    expect(problems.map(({ message }) => message).join()).toContain('@Auth stands on a static method');
  });
});
