import { describe, expect, it } from '@jest/globals';
import { Container } from 'inversify';
import { decoratorProblems, Injectable, resourceOf, type Token } from '../../../src/container/index.js';
import { Secret, type SecretOptions, secretToken, SecretValue } from '../../../src/secrets/index.js';

describe('secretToken', () => {
  it('is the same for the same declaration and differs for another', () => {
    const declarations: [string, SecretOptions][] = [
      ['A', {}],
      ['B', {}],
      ['A', { as: 'number' }],
      ['A', { optional: true }],
      ['A', { default: 'x' }],
      ['A', { default: '5' }],
      ['A', { as: 'number', default: 5 }],
    ];
    const tokens = declarations.map(([name, options]) => secretToken(name, options));
    expect(new Set(tokens).size).toBe(declarations.length);
    expect(declarations.map(([name, options]) => secretToken(name, options))).toEqual(tokens);
    expect(secretToken('A')).toBe(secretToken('A', { as: 'string' }));
  });

  it('is new for every parser of one’s own', () => {
    expect(secretToken('A', { as: () => 1 })).not.toBe(secretToken('A', { as: () => 1 }));
  });

  it('names its resource with the options', () => {
    expect(resourceOf(secretToken('A', { as: 'url', optional: true }))).toEqual({
      kind: 'secret',
      name: 'A',
      options: { as: 'url', optional: true },
    });
  });

  it('is typed by its options', () => {
    const text: Token<SecretValue> = secretToken('A');
    const url: Token<SecretValue<URL> | undefined> = secretToken('A', { as: 'url', optional: true });
    const parsed: Token<SecretValue<string[]>> = secretToken('A', { as: (value) => value.split(',') });
    expect(new Set([text, url, parsed]).size).toBe(3);
  });
});

describe('@Secret', () => {
  it('injects into constructor parameters and properties', () => {
    @Injectable()
    class Service {
      @Secret('LIMIT', { as: 'number' }) readonly limit!: SecretValue<number>;
      constructor(@Secret('KEY') readonly key: SecretValue) {}
    }
    const container = new Container();
    container.bind(secretToken('KEY')).toConstantValue(new SecretValue('KEY', 'k'));
    container.bind(secretToken('LIMIT', { as: 'number' })).toConstantValue(new SecretValue('LIMIT', 3));
    container.bind(Service).toSelf();
    const service = container.get(Service);
    expect([service.key.reveal(), service.limit.reveal()]).toEqual(['k', 3]);
  });

  it('reports a missing name and an unknown form at boot', () => {
    class Service {
      @Secret('') readonly nameless!: SecretValue;
      constructor(@Secret('KEY', { as: 'nummber' as 'number' }) readonly key: SecretValue<number>) {}
    }
    expect(decoratorProblems.of(Service)).toEqual([
      { code: 'BAD_DECORATOR', where: 'Service.nameless', message: expect.stringContaining('needs the name') },
      {
        code: 'BAD_DECORATOR',
        where: 'Service constructor parameter 1',
        message: expect.stringContaining("(did you mean 'number'?)"),
      },
    ]);
  });
});
