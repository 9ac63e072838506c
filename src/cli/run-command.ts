import { buildInfo } from '../foundation/index.js';
import { connectControl, readConfig } from '../orchestrator/index.js';
import { runDbCommand } from './db-command.js';
import { type ParsedCommand, usage } from './parse-command.js';
import { print } from './print.js';
import { readSecretInput } from './read-secret-input.js';
import { describeReport, describeSecrets, describeStatus } from './reports.js';
import { runOrchestrator } from './run-orchestrator.js';
import { setSecret } from './set-secret.js';
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
    case 'secrets-list': {
      const secrets = await (await control(config)).listSecrets();
      print(out, json, secrets, () => describeSecrets(secrets));
      return 0;
    }
    case 'secrets-set':
      return setSecret(command.name, config, json);
    case 'secrets-rotate': {
      const orchestrator = await control(config);
      const value = await readSecretInput(`new value of ${command.name}: `);
      const report = await orchestrator.rotateSecret(command.name, value);
      print(out, json, report, () => describeReport(report));
      return report.outcome === 'committed' ? 0 : 1;
    }
  }
}

async function control(config: string) {
  return connectControl((await readConfig(config)).stateDirectory);
}
