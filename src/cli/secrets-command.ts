import { type Duration, ValueError } from '../foundation/index.js';
import { type ControlActions, connectControl, readConfig, readHistory, verifyAudit } from '../orchestrator/index.js';
import { describeHistory, describeVerdict } from './audit-reports.js';
import type { SecretsCommand } from './parse-command.js';
import { print } from './print.js';
import { readSecretInput, readSecretInputs } from './read-secret-input.js';
import { describeReport, describeSecrets } from './reports.js';
import { setSecret } from './set-secret.js';

/**
 * One `pywatt secrets` command. `history` and `verify-audit` read the audit log themselves, whether or not an
 * orchestrator runs; the others ask the one that does. Resolves with the exit code.
 */
export async function runSecretsCommand(command: SecretsCommand, configFile: string, json: boolean): Promise<number> {
  const out = process.stdout;
  const { stateDirectory } = await readConfig(configFile);
  switch (command.kind) {
    case 'secrets-list': {
      const secrets = await connectControl(stateDirectory).listSecrets();
      print(out, json, secrets, () => describeSecrets(secrets));
      return 0;
    }
    case 'secrets-set':
      return setSecret(command.name, configFile, json);
    case 'secrets-rotate': {
      const control = connectControl(stateDirectory);
      const values = await valuesOf(command.names, control);
      const report = await control.rotateSecrets(values, timesOf(command));
      print(out, json, report, () => describeReport(report));
      return report.outcome === 'committed' ? 0 : 1;
    }
    case 'secrets-adopt': {
      const report = await connectControl(stateDirectory).adoptSecrets(command.names, timesOf(command));
      print(out, json, report ?? null, () => (report ? describeReport(report) : 'nothing has changed'));
      return report === undefined || report.outcome === 'committed' ? 0 : 1;
    }
    case 'secrets-history': {
      const entries = await readHistory(stateDirectory, command.name);
      print(out, json, entries, () => describeHistory(command.name, entries));
      return 0;
    }
    case 'secrets-verify-audit': {
      const verdict = await verifyAudit(stateDirectory);
      print(out, json, verdict, () => describeVerdict(verdict));
      return verdict.isIntact ? 0 : 1;
    }
  }
}

async function valuesOf(names: readonly string[], control: ControlActions): Promise<Record<string, string>> {
  const [name] = names;
  if (name !== undefined && names.length === 1) {
    // Before somebody types a value in vain.
    await control.status();
    return { [name]: await readSecretInput(name) };
  }
  const known = new Set((await control.listSecrets()).map((secret) => secret.name));
  const unknown = names.findIndex((each) => !known.has(each));
  // A word that is no secret may be the value of the one before it: it is not repeated.
  if (unknown !== -1)
    throw new ValueError(
      `word ${unknown + 1} after 'rotate' is not the name of a secret here; values come from standard input, never from the command line`,
    );
  return readSecretInputs([...new Set(names)]);
}

function timesOf({ deadline, overlap }: { deadline?: string; overlap?: string }) {
  return {
    ...(deadline !== undefined && { deadline: deadline as Duration }),
    ...(overlap !== undefined && { overlap: overlap as Duration }),
  };
}
