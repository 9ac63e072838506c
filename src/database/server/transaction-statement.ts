import { DatabaseError } from '../database-error.js';

const begins = /^(?:begin\b(?!\s+not\s+atomic\b)|start\s+transaction\b)/i;
const ends = /^(?:commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)|prepare\s+transaction)\b/i;
const marks = /^(?:savepoint|release|rollback)\b/i;

/**
 * Throws TRANSACTION for a statement that begins or ends a transaction behind the back of what holds the connection.
 * Inside a transaction savepoints do not.
 */
export function refuseControl(sql: string, inside: boolean, name: string): void {
  const statement = sql.replace(/^(?:[\s;]|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');
  if (!begins.test(statement) && !ends.test(statement) && (inside || !marks.test(statement))) return;
  const message = `database '${name}': a statement begins or ends a transaction; use transaction(work) or beginTransaction()`;
  throw new DatabaseError('TRANSACTION', message);
}
