import { describe, expect, it } from '@jest/globals';
import { decoratorProblems, describeKey, resourceOf } from '../../../src/container/index.js';
import { databaseToken, dataSourceToken, InjectRepository, repositoryToken } from '../../../src/database/index.js';

class Order {}
const sameName = (() => {
  class Order {}
  return Order;
})();

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

  it('of a DataSource are the same for the same name', () => {
    expect(dataSourceToken()).toBe(dataSourceToken('default'));
    expect(resourceOf(dataSourceToken('audit'))).toMatchObject({ kind: 'data-source', name: 'audit' });
  });

  it('of a repository whose class is not defined yet are reported as a mistake', () => {
    class Injected {
      @InjectRepository(undefined as never) readonly orders: unknown;
    }
    expect(decoratorProblems.of(Injected)).toMatchObject([{ code: 'BAD_DECORATOR', where: 'Injected.orders' }]);
  });
});
