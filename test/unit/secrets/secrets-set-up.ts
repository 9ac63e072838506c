import { type Resource, resourceOf } from '../../../src/container/index.js';
import { createLogger, SecretRedactor } from '../../../src/logging/index.js';
import {
  ChainedSecretProvider,
  MemorySecretProvider,
  ModuleSecrets,
  type SecretOptions,
  SecretStore,
  type SecretStoreOptions,
  secretToken,
} from '../../../src/secrets/index.js';

/** A real store over a memory provider, with everything that was logged. */
export function setUpStore(values: Record<string, string>, options: Partial<SecretStoreOptions> = {}) {
  const lines: string[] = [];
  const redactor = new SecretRedactor();
  const logger = createLogger({ redactor, level: 'debug', write: (line) => void lines.push(line) });
  const memory = new MemorySecretProvider(values);
  const store = new SecretStore({ provider: new ChainedSecretProvider([memory]), redactor, ...options });
  return { lines, redactor, logger, memory, store };
}

export function declared(name: string, options: SecretOptions = {}): Resource {
  return resourceOf(secretToken(name, options))!;
}

/** A booted module's secrets over that store; `declarations` are strings or resources. */
export async function setUpModule(
  { store, redactor, logger }: Pick<ReturnType<typeof setUpStore>, 'store' | 'redactor' | 'logger'>,
  declarations: readonly Resource[],
  instances: readonly object[] = [],
): Promise<ModuleSecrets> {
  const secrets = new ModuleSecrets({ source: store, redactor, logger });
  await secrets.prefetch(declarations);
  for (const instance of instances) secrets.addHooks(instance);
  return secrets;
}

export function inSeconds(seconds: number): Date {
  return new Date(Date.now() + seconds * 1000);
}
