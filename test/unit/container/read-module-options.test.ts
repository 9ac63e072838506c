import { describe, expect, it } from '@jest/globals';
import type { Class } from '../../../src/container/index.js';
import { moduleOf, problemsOf } from './module-of.js';

const found = (options: object) =>
  problemsOf(moduleOf('App', { id: 'app', ...options })).map(({ code, message }) => `${code} ${message}`);

describe('the options of a module', () => {
  it.each([
    [
      'an option it does not know',
      { provider: [] },
      "has the option 'provider', which @Module does not know (did you mean 'providers'?)",
    ],
    ['a list that is none', { providers: class {} }, 'has providers that are not a list; write providers: [ … ]'],
    ['a list that is null', { imports: null }, 'has imports that are not a list'],
    [
      'a controller that is undefined',
      { controllers: [undefined] },
      'lists undefined among its controllers, often because two files import each other',
    ],
    ['an entity that is no class', { entities: ['Order'] }, 'lists Order among its entities, which is not a class'],
    ['a config class that is undefined', { config: [undefined] }, 'lists undefined among its config'],
    [
      'a service that implements nothing',
      { services: [{}] },
      'lists an object among its services, which implements none; write Service.direct',
    ],
    [
      'a database that is none',
      { databases: { analytics: [class {}] } },
      'has a database that is no object; write { entities: [ … ], migrations: [ … ] } (in databases.analytics)',
    ],
    [
      'an option of a database it does not know',
      { databases: { analytics: { entitys: [] } } },
      "has 'entitys' for a database, which @Module does not know (did you mean 'entities'?) (in databases.analytics)",
    ],
    [
      'an entity of a database that is no class',
      { databases: { analytics: { entities: ['Event'] } } },
      'lists Event among its entities, which is not a class (in databases.analytics)',
    ],
    [
      'the default database among the named ones',
      { databases: { default: {} } },
      "has databases.default; what belongs to the default database stands in the module's own entities and migrations",
    ],
    [
      'typeorm that is no object',
      { typeorm: ['audit'] },
      'has typeorm that is no object; write typeorm: { subscribers: [ … ] }',
    ],
    [
      'an option of TypeORM that it does not know',
      { typeorm: { subscriber: [] } },
      "has typeorm.subscriber, which is not for @Module to choose (did you mean 'subscribers'?)",
    ],
    [
      'an option of TypeORM that is the world’s',
      { databases: { analytics: { typeorm: { password: 'x' } } } },
      'has typeorm.password, which is not for @Module to choose; where a database is and how it logs in is its configuration (in databases.analytics)',
    ],
    ['an export that is undefined', { exports: [undefined] }, 'lists undefined among its exports'],
  ])('are refused for %s', (_title, options, message) => {
    expect(found(options)).toEqual([expect.stringContaining(`BAD_MODULE ${message}`)]);
  });

  it.each([
    ['undefined', undefined, 'undefined'],
    ['an object', { id: 'app' }, 'an object'],
  ])('are refused with a clear word where the module is %s', (_title, root, where) => {
    expect(problemsOf(root as unknown as Class)).toEqual([
      { code: 'BAD_MODULE', where, message: expect.stringContaining('is not a class') },
    ]);
  });
});
