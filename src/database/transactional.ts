import { type Class, ClassMetadata, decoratorProblems } from '../container/index.js';
import { type Duration, durationMs, type Logger, messageOf } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';
import { type IsolationLevel, isolationLevels } from './database.js';
import { type Propagation, propagations, type TransactionalRun } from './propagation.js';

export interface TransactionalOptions {
  /** What it does with the transaction of its caller. Default `required`. */
  readonly propagation?: Propagation;
  /** Of the transaction that it begins; one that it joins must have the same, or it is refused with TRANSACTION. */
  readonly isolation?: IsolationLevel;
  /** Of the transaction that it begins. Default false. */
  readonly readOnly?: boolean;
  /** How long the transaction that it begins may take. Default: no limit. */
  readonly timeout?: Duration;
  /** The name of the database. Default `default`. */
  readonly database?: string;
  /**
   * How often the whole method may run again, in a new transaction, when another transaction was in the way: a
   * serialization failure, a deadlock, SQLITE_BUSY. Only where it is the outermost. Default 0.
   */
  readonly retry?: number;
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
  transactional<T>(work: () => Promise<T>, options?: TransactionalRun): Promise<T>;
}

export function isTransactional(database: object): database is TransactionalDatabase {
  return 'transactional' in database;
}

type Lookup = (database: string) => TransactionalDatabase;
type AsyncMethod = (this: object, ...args: never[]) => Promise<unknown>;

const equipped = new WeakMap<object, { readonly lookup: Lookup; readonly logger: Logger | undefined }>();

/** Tells the `@Transactional` methods of an instance where their databases are; the container calls it for each provider it creates. */
export function attachTransactions(instance: object, lookup: Lookup, logger?: Logger): void {
  equipped.set(instance, { lookup, logger });
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
      const message = '@Transactional stands on something other than an instance method; use it on an async method';
      return report(target, method, message);
    }
    const mistake = mistakeIn(options);
    if (mistake !== undefined) return report(target, method, mistake);
    transactionalMethods.add(target.constructor, { method, database });
    const transactional: AsyncMethod = async function (...args) {
      const equipment = equipped.get(this);
      if (equipment) {
        const { lookup, logger } = equipment;
        return lookup(database).transactional(() => original.apply(this, args), { ...options, logger });
      }
      const message = `@Transactional method ${target.constructor.name}.${method} was called on an object that the container did not create; inject the class instead`;
      throw new DatabaseError('CONFIGURATION', message);
    };
    Object.defineProperty(transactional, 'name', { value: method });
    return { ...descriptor, value: transactional as T };
  };
}

function report(target: object, method: string, message: string): void {
  const owner = typeof target === 'function' ? target : target.constructor;
  decoratorProblems.add(owner, { code: 'BAD_DECORATOR', where: `${owner.name}.${method}`, message });
}

function mistakeIn({ propagation, isolation, timeout, retry }: TransactionalOptions): string | undefined {
  if (propagation !== undefined && !propagations.includes(propagation))
    return `@Transactional has the propagation ${JSON.stringify(propagation)}; there are ${propagations.join(', ')}`;
  if (isolation !== undefined && !isolationLevels.includes(isolation))
    return `@Transactional has the isolation ${JSON.stringify(isolation)}; there are ${isolationLevels.join(', ')}`;
  if (retry !== undefined && (!Number.isInteger(retry) || retry < 0))
    return `@Transactional has retry ${retry}; it is how often the method may run again, such as 3`;
  try {
    if (timeout !== undefined) durationMs(timeout, 'timeout');
  } catch (error) {
    return `@Transactional: ${messageOf(error)}`;
  }
  return undefined;
}
