/** A migration, in the code or noted in the database. */
export interface MigrationStatus {
  /** As TypeORM names it: the name of its class, which ends in a timestamp in milliseconds. */
  readonly name: string;
  /** `unknown`: it was applied, and the module has no such migration. */
  readonly state: 'applied' | 'pending' | 'unknown';
}

/** Statements in the order they ran or would run, with the parameters of a statement behind it as a comment. */
export type SqlScript = readonly string[];

/** What a change of the schema did, or would do. */
export interface SchemaChange {
  /** The migrations applied or reverted, in that order. */
  readonly migrations: readonly string[];
  readonly sql: SqlScript;
}

/** What brings the tables of a database in line with the entities, and what takes it back. */
export interface SchemaDiff {
  readonly up: SqlScript;
  readonly down: SqlScript;
}

/** Changes the schema of one database. Every method rejects with a `DatabaseError`, MIGRATION when a migration fails. */
export interface SchemaTool {
  /** Changes nothing. */
  status(): Promise<readonly MigrationStatus[]>;
  /** Applies what is pending, under a lock that lets one process at a time do so. With `dryRun` nothing stays changed. */
  migrate(options?: { readonly dryRun?: boolean }): Promise<SchemaChange>;
  /** Takes the migration back that was applied last, under the same lock. */
  revert(options?: { readonly dryRun?: boolean }): Promise<SchemaChange>;
  /** Changes nothing. */
  diff(): Promise<SchemaDiff>;
}
