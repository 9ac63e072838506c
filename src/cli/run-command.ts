import { buildInfo } from '../foundation/index.js';
import { connectControl, readConfig } from '../orchestrator/index.js';
import { runDbCommand } from './db-command.js';
import { type ParsedCommand, usage } from './parse-command.js';
import { print } from './print.js';
import { describeStatus } from './reports.js';
import { runOrchestrator } from './run-orchestrator.js';
import { runSecretsCommand } from './secrets-command.js';
import { traceModule } from './trace-module.js';

/** Performs one command and resolves with its exit code. */
export async function runCommand({ command, config, json }: ParsedCommand): Promise<number> {
  const out = process.stdout;
  switch (command.kind) {
    case 'version':
      print(
        out,
        json,
        buildInfo,
        () =>
          `pywatt ${buildInfo.version} (git ${buildInfo.gitHash}, built ${buildInfo.buildTime}, node ${buildInfo.node})`,
      );
      return 0;
    case 'help':
      print(out, json, { usage }, () => usage);
      return 0;
    case 'unknown':
      print(process.stderr, json, { error: command.message }, () => `pywatt: ${command.message}\n\n${usage}`);
      return 2;
    case 'run':
      return runOrchestrator(config, json);
    case 'trace':
      return traceModule(await control(config), command.module, json);
    case 'db':
      return runDbCommand(command, config, json);
    case 'status': {
      const status = await (await control(config)).status();
      print(out, json, status, () => describeStatus(status));
      return 0;
    }
    case 'secrets-list':
    case 'secrets-set':
    case 'secrets-rotate':
    case 'secrets-adopt':
    case 'secrets-history':
    case 'secrets-verify-audit':
      return runSecretsCommand(command, config, json);
  }
}

async function control(config: string) {
  return connectControl((await readConfig(config)).stateDirectory);
}
