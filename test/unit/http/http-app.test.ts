import { describe, expect, it } from '@jest/globals';
import { All, Controller, Get, Post } from '../../../src/http/index.js';
import { appOf, containerOf } from './app-of.js';
import { Greeter, NobodyPasses, secretCause, things, ThingsController } from './things-controller.js';

describe('/health', () => {
  it('is answered without any controller, with the build and what the module adds', async () => {
    const { ask, app } = await appOf([], { health: () => Promise.resolve({ queue: 3 }) });
    const response = await ask('/health');
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        status: 'OK',
        module: 'orders',
        version: '0.0.0-source',
        git: 'unknown',
        time: 'unknown',
        node: process.versions.node,
        queue: 3,
      },
    ]);
    expect(app.routes).toEqual([{ path: '/health', methods: ['GET'] }]);
    expect((await ask('/health', { method: 'POST' })).status).toBe(405);
  });

  it('is 503 when the module’s own check throws, without its words', async () => {
    const { ask, logger } = await appOf([], { health: () => Promise.reject(secretCause) });
    const response = await ask('/health');
    expect([response.status, ((await response.json()) as { status: string }).status]).toEqual([503, 'ERROR']);
    expect(logger.errors()).toHaveLength(1);
  });

  it('of a controller goes before the built-in one', async () => {
    @Controller('/health')
    class OwnHealth {
      @Get() get() {
        return 'mine';
      }
    }
    const { ask, app } = await appOf([OwnHealth]);
    expect(await (await ask('/health')).text()).toBe('mine');
    expect(app.routes).toEqual([{ path: '/health', methods: ['GET'] }]);
  });
});

describe('The app', () => {
  it('lists its real routes, by path', async () => {
    @Controller('orders/')
    class Routes {
      @Get() list() {}
      @Post('/') create() {}
      @Get(':id') find() {}
      @All('any') any() {}
    }
    const { app } = await appOf([Routes]);
    expect(app.routes).toEqual([
      { path: '/orders', methods: ['GET', 'POST'] },
      { path: '/orders/:id', methods: ['GET'] },
      { path: '/orders/any', methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] },
      { path: '/health', methods: ['GET'] },
    ]);
  });

  it('serves only its own controllers, though others are bound in its container', async () => {
    @Controller('/other')
    class Other {
      @Get() get() {
        return 'other';
      }
    }
    const container = containerOf(ThingsController, Greeter, NobodyPasses, Other);
    const [first, second] = [await appOf([ThingsController], { container }), await appOf([Other], { container })];
    expect([(await first.ask('/things')).status, (await first.ask('/other')).status]).toEqual([200, 404]);
    expect([(await second.ask('/things')).status, (await second.ask('/other')).status]).toEqual([404, 200]);
  });

  it('of one controller class in two containers has two instances', async () => {
    @Controller('/count')
    class Counter {
      count = 0;
      @Get() next() {
        return { count: ++this.count };
      }
    }
    const [first, second] = [await appOf([Counter]), await appOf([Counter])];
    await first.ask('/count');
    expect(await (await first.ask('/count')).json()).toEqual({ count: 2 });
    expect(await (await second.ask('/count')).json()).toEqual({ count: 1 });
  });

  it('gives what the adapter would print to its logger, for debugging', async () => {
    const { logger } = await things();
    const mapped = logger.lines.filter(({ message }) => message.includes('.broken() mapped {/broken, get}'));
    expect(mapped.map(({ level }) => level)).toEqual(['debug']);
  });

  it('refuses a controller that its container does not have', async () => {
    await expect(appOf([ThingsController], { container: containerOf() })).rejects.toMatchObject({
      code: 'GRAPH_INVALID',
    });
  });
});
