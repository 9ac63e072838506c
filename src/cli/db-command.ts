import { createLogger, parseLogLevel, SecretRedactor } from '../logging/index.js';
import { loadModuleClass, openSchemaTool, schemaDatabases, type SchemaTool } from '../module/index.js';
import { type OrchestratorConfig, OrchestratorError, readConfig } from '../orchestrator/index.js';
import { OrchestratorAccess } from './orchestrator-access.js';
import type { DbCommand } from './parse-command.js';
import { print } from './print.js';
import { askPassphrase } from './read-secret-input.js';
import { type ModuleSchemaReport, describeSchemas } from './schema-reports.js';

/**
 * Shows or changes the schema of the databases (or of one of them) of one module, or of all whose class has entities or
 * migrations, through the orchestrator that runs, or through one that runs only for this. Resolves with the exit code.
 */
export async function runDbCommand(command: DbCommand, configFile: string, json: boolean): Promise<number> {
  const config = await readConfig(configFile);
  const redactor = new SecretRedactor();
  const logger = createLogger({ level: parseLogLevel(process.env['LOG_LEVEL'] ?? 'warn'), redactor });
  const migrates = command.action === 'migrate' && !command.dryRun;
  await using access = new OrchestratorAccess(config, { logger, redactor, askPassphrase });
  const reports: ModuleSchemaReport[] = [];
  for (const [moduleId, file] of modulesFor(command, config)) {
    const root = await loadModuleClass(file, moduleId);
    for (const database of chosenDatabases(command, await schemaDatabases(root))) {
      const done = await access.use(moduleId, async (connect) => {
        const opened = await openSchemaTool(root, { database, connect, migrates, logger });
        try {
          return await perform(command, opened.tool);
        } finally {
          await opened.close();
        }
      });
      reports.push({ module: moduleId, database, ...done });
    }
  }
  print(process.stdout, json, reports, () => describeSchemas(reports));
  return 0;
}

/** A module that is named is looked at even when it has neither entities nor migrations. */
function chosenDatabases({ module, database }: DbCommand, known: readonly string[]): readonly string[] {
  if (module === undefined) return database === undefined ? known : known.filter((name) => name === database);
  if (database !== undefined) return [database];
  return known.length === 0 ? ['default'] : known;
}

async function perform(
  command: DbCommand,
  tool: SchemaTool,
): Promise<Pick<ModuleSchemaReport, 'status' | 'change' | 'diff'>> {
  const { dryRun } = command;
  switch (command.action) {
    case 'status':
      return { status: await tool.status() };
    case 'migrate':
      return { change: { action: 'migrate', dryRun, ...(await tool.migrate({ dryRun })) } };
    case 'revert':
      return { change: { action: 'revert', dryRun, ...(await tool.revert({ dryRun })) } };
    case 'diff':
      return { diff: await tool.diff() };
  }
}

function modulesFor({ module }: DbCommand, { modules }: OrchestratorConfig): [id: string, file: string][] {
  const chosen = [...modules.values()].filter(({ id, moduleFile }) =>
    module === undefined ? moduleFile !== undefined : id === module,
  );
  if (chosen.length === 0) {
    const known = [...modules.keys()].join(', ');
    throw new OrchestratorError(
      module === undefined ? 'CONFIG_INVALID' : 'MODULE_NOT_FOUND',
      module === undefined
        ? `no module of the configuration names its class: set modules.<id>.module, for ${known}`
        : `there is no module '${module}': the modules are ${known}`,
    );
  }
  return chosen.map(({ id, moduleFile }) => {
    if (moduleFile !== undefined) return [id, moduleFile];
    const message = `modules.${id}.module is not set: name the file that exports its @Module class`;
    throw new OrchestratorError('CONFIG_INVALID', message);
  });
}
