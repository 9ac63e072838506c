import type { Redactor } from '../foundation/index.js';
import {
  ChainedSecretProvider,
  EnvSecretProvider,
  FileSecretProvider,
  type SecretProvider,
  type SecretSource,
  SecretStore,
} from '../secrets/index.js';

/** The secrets of a module without an orchestrator: `PYWATT_SECRET_<NAME>`, then the files of PYWATT_SECRETS_DIR. */
export function directSecretProviders(env: NodeJS.ProcessEnv): SecretProvider[] {
  const directory = env['PYWATT_SECRETS_DIR'];
  return [new EnvSecretProvider({ env }), ...(directory ? [new FileSecretProvider(directory)] : [])];
}

export function directSecrets(env: NodeJS.ProcessEnv, redactor: Redactor): Promise<SecretSource> {
  return Promise.resolve(
    new SecretStore({ provider: new ChainedSecretProvider(directSecretProviders(env)), redactor }),
  );
}
