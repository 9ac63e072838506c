import { describe, expect, it } from '@jest/globals';
import { injectable } from 'inversify';
import { decoratorProblems, Injectable } from '../../../src/container/index.js';
import { Body, Controller, Get, Params } from '../../../src/http/index.js';
import { appOf } from './app-of.js';

describe('@Controller', () => {
  it('and @Injectable stand together, in any order', async () => {
    @Controller('/first')
    @Injectable()
    class First {
      @Get() get() {
        return 1;
      }
    }
    @Injectable()
    @Controller('/second')
    class Second {
      @Get() get() {
        return 2;
      }
    }
    const { ask } = await appOf([First, Second]);
    expect([await (await ask('/first')).json(), await (await ask('/second')).json()]).toEqual([1, 2]);
  });

  it('written twice counts once', async () => {
    let calls = 0;
    @Controller('/twice')
    @Controller('twice/')
    class Twice {
      @Get() get() {
        calls++;
      }
    }
    const { ask, app } = await appOf([Twice]);
    await ask('/twice');
    expect(calls).toBe(1);
    expect(app.routes).toEqual([
      { path: '/twice', methods: ['GET'] },
      { path: '/health', methods: ['GET'] },
    ]);
    expect(decoratorProblems.of(Twice)).toEqual([]);
  });

  it('written twice with different paths is a problem', () => {
    @Controller('/a')
    @Controller('/b')
    class Torn {}
    expect(decoratorProblems.of(Torn)).toMatchObject([{ code: 'BAD_DECORATOR', where: 'Torn' }]);
  });

  it('beside inversify’s own @injectable is a problem, not a failed import', () => {
    @Controller('/a')
    @injectable()
    class Mixed {}
    expect(decoratorProblems.of(Mixed)).toMatchObject([{ code: 'BAD_DECORATOR', where: 'Mixed' }]);
  });

  it('inherits routes', async () => {
    class Base {
      @Get('/:id') find(@Params('id') id: string) {
        return id;
      }
    }
    @Controller('/derived')
    class Derived extends Base {}
    const { ask } = await appOf([Derived]);
    expect(await (await ask('/derived/7')).text()).toBe('7');
  });
});

describe('A route decorator', () => {
  it('on a static method is a problem', () => {
    class Misplaced {
      @Get('/x') static get() {}
    }
    expect(decoratorProblems.of(Misplaced)).toMatchObject([{ code: 'BAD_DECORATOR', where: 'Misplaced.get' }]);
  });

  it('for parameters on a constructor parameter is a problem', () => {
    class Misplaced {
      constructor(@Body() readonly body: unknown) {}
    }
    expect(decoratorProblems.of(Misplaced)).toMatchObject([
      { code: 'BAD_DECORATOR', where: 'Misplaced constructor parameter 1' },
    ]);
  });
});
