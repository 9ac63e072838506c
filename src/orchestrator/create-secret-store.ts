import type { Logger, Redactor } from '../foundation/index.js';
import {
  type AskPassphrase,
  ChainedSecretProvider,
  EncryptedSecretProvider,
  EnvSecretProvider,
  FileSecretProvider,
  MemorySecretProvider,
  passphraseOf,
  type SecretProvider,
  SecretStore,
  TextSecretProvider,
} from '../secrets/index.js';
import type { SecretSource } from './config/orchestrator-config.js';

export interface SecretSources {
  readonly store: SecretStore;
  readonly provider: ChainedSecretProvider;
}

export interface SecretSourceOptions {
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** Asks a person for the passphrase of a store that has no key of its own. Default: such a store is refused. */
  readonly askPassphrase?: AskPassphrase | undefined;
}

/**
 * The secrets of a configuration, asked in its order. Only encrypted stores are opened at once, so that a wrong key is
 * known before anything starts: rejects with `SecretError` STORE_UNREADABLE or PROVIDER_FAILED.
 */
export async function createSecretStore(
  sources: readonly SecretSource[],
  options: SecretSourceOptions,
): Promise<SecretSources> {
  const provider = await openSecretSources(sources, options);
  return { store: new SecretStore({ provider, redactor: options.redactor }), provider };
}

export async function openSecretSources(
  sources: readonly SecretSource[],
  options: Omit<SecretSourceOptions, 'redactor'> & { readonly redactor?: Redactor },
): Promise<ChainedSecretProvider> {
  const providers: SecretProvider[] = [];
  for (const source of sources) providers.push(await openProvider(source, options));
  return new ChainedSecretProvider(providers);
}

async function openProvider(
  source: SecretSource,
  { logger, redactor, askPassphrase }: Omit<SecretSourceOptions, 'redactor'> & { readonly redactor?: Redactor },
): Promise<SecretProvider> {
  const times = { logger, ...(source.pollMs !== undefined && { pollMs: source.pollMs }) };
  switch (source.kind) {
    case 'file':
      return new FileSecretProvider(source.directory, times);
    case 'env':
      return new EnvSecretProvider({ prefix: source.prefix });
    case 'dotenv':
      return new TextSecretProvider(source.path, { format: 'dotenv', ...times });
    case 'memory':
      return new MemorySecretProvider(source.values);
    case 'store': {
      const { path, unlock, keep } = source;
      const options = { path, ...times, ...(keep !== undefined && { keep }) };
      if (unlock.by === 'key') return opened(new EncryptedSecretProvider({ ...options, key: { file: unlock.file } }));
      const passphrase = await passphraseOf(path, unlock, askPassphrase);
      redactor?.add(passphrase);
      const key = { passphrase: () => Promise.resolve(passphrase) };
      return opened(new EncryptedSecretProvider({ ...options, key }));
    }
  }
}

async function opened(provider: EncryptedSecretProvider): Promise<SecretProvider> {
  await provider.list();
  return provider;
}
