import { describe, expect, it } from '@jest/globals';
import { IsString } from 'class-validator';
import { Body, checkBodies, Controller, Post } from '../../../src/http/index.js';

class Named {
  @IsString() name!: string;
}

describe('checkBodies', () => {
  it('finds nothing where every body has a class or asks for none', () => {
    @Controller('/fine')
    class Fine {
      @Post('/a') named(@Body(Named) _body: Named) {}
      @Post('/b') reflected(@Body() _body: Named) {}
      @Post('/c') unchecked(@Body({ validate: false }) _body: unknown) {}
      @Post('/d') without() {}
    }
    expect(checkBodies([Fine])).toEqual([]);
  });

  it('names every method whose body has no class, with the cure', () => {
    @Controller('/bare')
    class Bare {
      @Post('/a') plain(@Body() _body: object) {}
      @Post('/b') unknown(@Body() _body: unknown) {}
      @Post('/c') list(@Body() _body: Named[]) {}
      @Post('/d') text(@Body() _body: string) {}
      @Post('/e') named(@Body(Object) _body: object) {}
    }
    const problems = checkBodies([Bare]);
    expect(problems.map(({ code, where }) => [code, where])).toEqual(
      ['plain', 'unknown', 'list', 'text', 'named'].map((method) => ['BODY_WITHOUT_CLASS', `Bare.${method}`]),
    );
    expect(problems[0]?.message).toContain('@Body({ validate: false })');
  });

  it('finds a body without a class in a base class', () => {
    class Base {
      @Post() create(@Body() _body: object) {}
    }
    @Controller('/derived')
    class Derived extends Base {}
    expect(checkBodies([Derived])).toMatchObject([{ code: 'BODY_WITHOUT_CLASS', where: 'Derived.create' }]);
  });

  it('finds a body without a class where nothing is reflected', () => {
    class Unreflected {
      create(_body: Named) {}
    }
    Body()(Unreflected.prototype, 'create', 0);
    Controller('/unreflected')(Unreflected);
    expect(checkBodies([Unreflected])).toMatchObject([{ code: 'BODY_WITHOUT_CLASS', where: 'Unreflected.create' }]);
  });

  it('finds a class that is no controller', () => {
    expect(checkBodies([Named])).toMatchObject([{ code: 'BAD_MODULE', where: 'Named' }]);
  });
});
