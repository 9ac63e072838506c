import type { Logger } from 'typeorm';

/** Says nothing: TypeORM would print to standard output, and every failure is thrown as well. */
export const quietLogger: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};
