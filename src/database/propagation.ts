import type { Duration, Logger } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';
import type { Database, IsolationLevel } from './database.js';
import type { TransactionClient } from './transaction-client.js';
import type { Standing } from './transaction-scope.js';

/**
 * What a `@Transactional` method does with the transaction it is called in, if any:
 * `required` joins it, or begins one; `requiresNew` always begins one of its own; `nested` begins a part of it that can
 * be rolled back alone, or begins one; `mandatory` joins it and is refused where there is none; `never` is refused where
 * there is one.
 */
export type Propagation = (typeof propagations)[number];
export const propagations = ['required', 'requiresNew', 'nested', 'mandatory', 'never'] as const;

export interface TransactionalRun {
  readonly propagation?: Propagation | undefined;
  readonly isolation?: IsolationLevel | undefined;
  readonly readOnly?: boolean | undefined;
  readonly timeout?: Duration | undefined;
  readonly retry?: number | undefined;
  /** Told of callbacks of `afterCommit` that failed. */
  readonly logger?: Logger | undefined;
}

/** What a method runs in. */
type Place = 'none' | 'joined' | 'nested' | 'own';

/** Throws TRANSACTION where the method must not run. */
export function placeOf(
  { propagation = 'required', isolation }: TransactionalRun,
  standing: Standing<TransactionClient>,
  database: Pick<Database, 'type'> & { readonly name: string },
): Place {
  const isJoined = standing.kind === 'joined';
  if (propagation === 'never' && standing.kind !== 'free')
    throw refusal(database.name, "the method's propagation is 'never', and it was called in a transaction");
  if (propagation === 'mandatory' && !isJoined)
    throw refusal(database.name, "the method's propagation is 'mandatory', and it was called outside a transaction");
  if (propagation === 'never') return 'none';
  if (!isJoined || propagation === 'requiresNew') return 'own';
  if (isolation !== undefined) {
    const around = standing.transaction.isolation ?? ownIsolation[database.type];
    if (around !== isolation)
      throw refusal(
        database.name,
        `the method asks for the isolation '${isolation}', and the transaction it joins has '${around}'; ask for it where the transaction begins`,
      );
  }
  return propagation === 'nested' ? 'nested' : 'joined';
}

/** What an engine does where nobody asks. */
const ownIsolation: Record<Database['type'], IsolationLevel> = {
  sqlite: 'serializable',
  postgres: 'read committed',
  mysql: 'repeatable read',
};

export function joined<T>(
  { transaction, part }: Standing<TransactionClient> & { kind: 'joined' },
  work: () => Promise<T>,
): Promise<T> {
  transaction.throwUnlessOpen();
  return part.join(work);
}

export function outsideError(database: string, why: string, cause?: unknown): DatabaseError {
  const message = `database '${database}' was called inside transaction(work), which ${why}: use the transaction given to work`;
  return new DatabaseError('TRANSACTION', message, { cause });
}

/** At once, instead of waiting for the transaction that waits for it. */
export function requiresNewError(database: string, why: string): DatabaseError {
  return refusal(
    database,
    `it ${why}, so 'requiresNew' would wait for the transaction it stands in; use 'nested', or readOnly where another connection can read`,
  );
}

function refusal(database: string, what: string): DatabaseError {
  return new DatabaseError('TRANSACTION', `database '${database}': ${what}`);
}
