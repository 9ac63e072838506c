import type { MigrationStatus, SchemaChange, SchemaDiff } from '../module/index.js';

/** What `pywatt db` found or did in one database of one module. */
export interface ModuleSchemaReport {
  readonly module: string;
  readonly database: string;
  readonly status?: readonly MigrationStatus[];
  readonly change?: SchemaChange & { readonly action: 'migrate' | 'revert'; readonly dryRun: boolean };
  readonly diff?: SchemaDiff;
}

export function describeSchemas(reports: readonly ModuleSchemaReport[]): string {
  if (reports.length === 0) return 'no module has entities or migrations';
  return reports
    .map((report) => [titleOf(report), ...linesOf(report).map((line) => `  ${line}`)].join('\n'))
    .join('\n');
}

function titleOf({ module, database }: ModuleSchemaReport): string {
  return database === 'default' ? module : `${module}, database ${database}`;
}

function linesOf({ status, change, diff }: ModuleSchemaReport): readonly string[] {
  if (status)
    return status.length === 0 ? ['no migrations'] : status.map(({ name, state }) => `${mark[state]} ${name}`);
  if (change) return changeLines(change);
  if (!diff || diff.up.length === 0) return ['the tables are as the entities say'];
  return diff.up;
}

const mark = {
  applied: 'applied',
  pending: 'pending',
  unknown: 'applied, and not in the code:',
} satisfies Record<MigrationStatus['state'], string>;

function changeLines({ action, dryRun, migrations, sql }: NonNullable<ModuleSchemaReport['change']>): string[] {
  if (migrations.length === 0) return [action === 'migrate' ? 'nothing is pending' : 'nothing to revert'];
  const verb = action === 'migrate' ? 'applied' : 'reverted';
  const done = migrations.map((name) => (dryRun ? `-- ${name} would be ${verb}` : `${verb} ${name}`));
  return dryRun ? [...done, ...sql] : done;
}
