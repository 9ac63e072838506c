import { describe, expect, it } from '@jest/globals';
import { decoratorProblems, describeKey, resourceOf } from '../../../src/container/index.js';
import {
  checkProxiedDatabase,
  databaseToken,
  InjectRepository,
  repositoryToken,
  Transactional,
} from '../../../src/database/index.js';

class Order {}
const sameName = (() => {
  class Order {}
  return Order;
})();

class Service {
  @Transactional({ database: 'audit' })
  async run(): Promise<void> {}
}

const use = (token: symbol, where: string) => ({ resource: resourceOf(token)!, key: token, where });

describe('the tokens of the database', () => {
  it('are the same for the same name, and tell what they stand for', () => {
    expect(databaseToken()).toBe(databaseToken('default'));
    expect(databaseToken('audit')).not.toBe(databaseToken());
    expect(resourceOf(databaseToken('audit'))).toMatchObject({ kind: 'database', name: 'audit' });
  });

  it('of a repository are the same for the same class and database only', () => {
    expect(repositoryToken(Order)).toBe(repositoryToken(Order, 'default'));
    expect(repositoryToken(Order, 'audit')).not.toBe(repositoryToken(Order));
    expect(repositoryToken(sameName)).not.toBe(repositoryToken(Order));
    expect(resourceOf(repositoryToken(Order, 'audit'))).toMatchObject({
      kind: 'repository',
      options: { entity: Order, database: 'audit' },
    });
    expect(describeKey(repositoryToken(Order))).toBe("repository 'Order'");
  });

  it('of a repository whose class is not defined yet are reported as a mistake', () => {
    class Injected {
      @InjectRepository(undefined as never) readonly orders: unknown;
    }
    expect(decoratorProblems.of(Injected)).toMatchObject([{ code: 'BAD_DECORATOR', where: 'Injected.orders' }]);
  });
});

describe('the check of a proxied module', () => {
  it('refuses repositories and @Transactional methods, saying where and what to do', () => {
    const problems = checkProxiedDatabase(
      [Service, Service, Order],
      [use(repositoryToken(Order), 'Service.orders'), use(databaseToken(), 'Service.database')],
    );
    expect(problems.map(({ code, where }) => [code, where])).toEqual([
      ['PROXIED_REPOSITORY', 'Service.orders'],
      ['PROXIED_REPOSITORY', 'Service.run'],
    ]);
    for (const { message } of problems)
      expect(message).toMatch(/is proxied: use Database\.query and Database\.transaction/);
  });

  it('lets databases be that are granted as direct', () => {
    const problems = checkProxiedDatabase(
      [Service],
      [use(repositoryToken(Order), 'Service.orders')],
      (name) => name !== 'audit',
    );
    expect(problems.map(({ where }) => where)).toEqual(['Service.orders']);
  });
});
