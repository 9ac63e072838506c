import { describe, expect, it } from '@jest/globals';
import { decoratorProblems } from '../../../src/container/index.js';
import {
  attachTransactions,
  type DirectDatabase,
  Transactional,
  transactionalDatabases,
  transactionalMethods,
} from '../../../src/database/index.js';
import { assertFails } from '../../contract/database/database-case.js';

class Service {
  prefix = 'hello';

  @Transactional()
  async greet(name: string): Promise<string> {
    return `${this.prefix} ${name}`;
  }

  @Transactional({ database: 'audit', propagation: 'required' })
  async note(): Promise<void> {}
}

class Derived extends Service {}

describe('@Transactional', () => {
  it('records the method and its database, for subclasses too', () => {
    expect(transactionalMethods.of(Derived)).toEqual([
      { method: 'greet', database: 'default' },
      { method: 'note', database: 'audit' },
    ]);
    expect(transactionalDatabases(Derived)).toEqual(['default', 'audit']);
  });

  it('runs the method in the database it names, with its own this, arguments and result', async () => {
    const used: string[] = [];
    const service = new Service();
    attachTransactions(service, (name) => {
      used.push(name);
      return { transactional: (work: () => Promise<unknown>) => work() } as unknown as DirectDatabase;
    });
    await expect(service.greet('you')).resolves.toBe('hello you');
    await service.note();
    expect(used).toEqual(['default', 'audit']);
    expect(Service.prototype.greet.name).toBe('greet');
  });

  it('refuses an object that the container did not create, naming the method', async () => {
    const failure = await assertFails(new Service().greet('you'), 'CONFIGURATION');
    expect(failure.message).toMatch(/Service\.greet/);
  });

  it('is reported as a mistake on a static method', () => {
    class Mistaken {
      @Transactional()
      static async run(): Promise<void> {}
    }
    expect(decoratorProblems.of(Mistaken)).toMatchObject([{ code: 'BAD_DECORATOR', where: 'Mistaken.run' }]);
    expect(transactionalMethods.of(Mistaken)).toEqual([]);
  });
});
