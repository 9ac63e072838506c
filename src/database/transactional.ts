import { type Class, ClassMetadata, decoratorProblems } from '../container/index.js';
import { DatabaseError } from './database-error.js';

export interface TransactionalOptions {
  /** Joins the transaction of the caller, or begins one. If a joined part fails, the whole is rolled back. */
  readonly propagation?: 'required';
  /** The name of the database. Default `default`. */
  readonly database?: string;
}

/** A decorated method. */
export interface TransactionalMethod {
  readonly method: string;
  readonly database: string;
}

/** The `@Transactional` methods of each class. */
export const transactionalMethods = new ClassMetadata<TransactionalMethod>();

/** The databases that the `@Transactional` methods of a class need. */
export function transactionalDatabases(target: Class): string[] {
  return [...new Set(transactionalMethods.of(target).map(({ database }) => database))];
}

/** A database that methods can run in a transaction of. */
export interface TransactionalDatabase {
  /** Runs `work` in a transaction that every call on this database joins, repositories included. */
  transactional<T>(work: () => Promise<T>): Promise<T>;
}

export function isTransactional(database: object): database is TransactionalDatabase {
  return 'transactional' in database;
}

type Lookup = (database: string) => TransactionalDatabase;
type AsyncMethod = (this: object, ...args: never[]) => Promise<unknown>;

const lookups = new WeakMap<object, Lookup>();

/** Tells the `@Transactional` methods of an instance where their databases are; the container calls it for each provider it creates. */
export function attachTransactions(instance: object, lookup: Lookup): void {
  lookups.set(instance, lookup);
}

/**
 * Runs an async method in a transaction: committed when it resolves, rolled back when it rejects. Every call on the
 * same database from inside, by repositories or by an injected `Database`, in whatever class, joins it.
 */
export function Transactional(options: TransactionalOptions = {}): MethodDecorator {
  const database = options.database ?? 'default';
  return <T>(target: object, property: string | symbol, descriptor?: TypedPropertyDescriptor<T>) => {
    const method = String(property);
    const original = descriptor?.value as AsyncMethod | undefined;
    if (typeof target === 'function' || typeof original !== 'function') {
      const owner = typeof target === 'function' ? target : target.constructor;
      const message = '@Transactional stands on something other than an instance method; use it on an async method';
      decoratorProblems.add(owner, { code: 'BAD_DECORATOR', where: `${owner.name}.${method}`, message });
      return;
    }
    transactionalMethods.add(target.constructor, { method, database });
    const transactional: AsyncMethod = async function (...args) {
      const lookup = lookups.get(this);
      if (lookup) return lookup(database).transactional(() => original.apply(this, args));
      const message = `@Transactional method ${target.constructor.name}.${method} was called on an object that the container did not create; inject the class instead`;
      throw new DatabaseError('CONFIGURATION', message);
    };
    Object.defineProperty(transactional, 'name', { value: method });
    return { ...descriptor, value: transactional as T };
  };
}
