import type { Redactor } from '../foundation/index.js';
import {
  ChainedSecretProvider,
  EnvSecretProvider,
  FileSecretProvider,
  MemorySecretProvider,
  type SecretProvider,
  SecretStore,
} from '../secrets/index.js';
import type { SecretSource } from './config/orchestrator-config.js';

export interface SecretSources {
  readonly store: SecretStore;
  readonly provider: ChainedSecretProvider;
}

/** The secrets of a configuration, asked in its order. Nothing is read yet. */
export function createSecretStore(sources: readonly SecretSource[], redactor: Redactor): SecretSources {
  const provider = new ChainedSecretProvider(sources.map(createProvider));
  return { store: new SecretStore({ provider, redactor }), provider };
}

function createProvider(source: SecretSource): SecretProvider {
  switch (source.kind) {
    case 'file':
      return new FileSecretProvider(source.directory);
    case 'env':
      return new EnvSecretProvider({ prefix: source.prefix });
    case 'memory':
      return new MemorySecretProvider(source.values);
  }
}
