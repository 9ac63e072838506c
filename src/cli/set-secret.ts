import { PyWattError } from '../foundation/index.js';
import { createLogger, SecretRedactor } from '../logging/index.js';
import { checkedValue, openSecretSources, readConfig, recordWrite } from '../orchestrator/index.js';
import { print } from './print.js';
import { askPassphrase, readSecretInput } from './read-secret-input.js';

/**
 * Stores a secret where it comes from, a new one in the first source of the configuration that can be written. No
 * orchestrator has to run; one that does notices the change by its watch. The audit log records who did so, or the output
 * says why not. Resolves with the exit code.
 */
export async function setSecret(name: string, configFile: string, json: boolean): Promise<number> {
  const { secrets, stateDirectory } = await readConfig(configFile);
  const logger = createLogger({ level: 'warn', redactor: new SecretRedactor() });
  const provider = await openSecretSources(secrets, { logger, askPassphrase });
  // Before the value is asked for: most mistakes are known by then.
  const existed = (await provider.get(name)) !== undefined;
  const writable = await provider.canWrite(name);
  if (writable !== true)
    throw new PyWattError('secret', 'READ_ONLY', `secret '${name}' cannot be written: ${writable}`);
  const value = checkedValue(name, await readSecretInput(name));
  await provider.set(name, value);
  const place = (await provider.find(name))?.provider.name ?? provider.name;
  const unrecorded = await recordWrite(stateDirectory, name, value, logger);
  const result = { name, provider: place, created: !existed, recorded: unrecorded === undefined };
  print(process.stdout, json, result, () => {
    const done = `${name}: ${existed ? 'replaced' : 'created'} in ${place}`;
    return unrecorded === undefined ? done : `${done}\nnot recorded in the audit log: ${unrecorded}`;
  });
  return 0;
}
