import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  askStorePassphrase,
  BootError,
  didYouMean,
  durationMs,
  type Logger,
  type Redactor,
} from '../foundation/index.js';
import {
  type AskPassphrase,
  CachedSecretProvider,
  ChainedSecretProvider,
  EncryptedSecretProvider,
  EnvSecretProvider,
  FileSecretProvider,
  passphraseOf,
  type SecretProvider,
  SecretStore,
  type StorePassphrase,
  TextSecretProvider,
  type WatchTimes,
} from '../secrets/index.js';
import { StandaloneSecretProvider } from './standalone-secret-provider.js';
import { type SecretSettings, secretSettings } from './secret-settings.js';
import type { DirectSecrets } from './world.js';

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly times: WatchTimes;
  readonly settings: SecretSettings;
  readonly logger: Logger | undefined;
  /** Hides what opens the places. */
  readonly redactor: Redactor | undefined;
}

/** The kinds that SECRET_PROVIDER_CHAIN may name; those without what they need in the environment give none. */
const kinds = {
  env: ({ env }: Surroundings) => [new EnvSecretProvider({ env })],
  file: directories,
  dotenv,
  store: encryptedStore,
  orchestrator: farOrchestrator,
} as const satisfies Record<string, (around: Surroundings) => SecretProvider[]>;

type Kind = keyof typeof kinds;

/**
 * The secrets of a module without an orchestrator, in the order of SECRET_PROVIDER_CHAIN; by default the variables
 * `PYWATT_SECRET_<NAME>`, then everything else that the environment names. Throws `BootError` CONFIG_INVALID for a chain
 * or a setting that is none.
 */
export function directSecretProviders(env: NodeJS.ProcessEnv, logger?: Logger, redactor?: Redactor): SecretProvider[] {
  const settings = secretSettings(env);
  const times: WatchTimes = { logger, ...(settings.pollMs !== undefined && { pollMs: settings.pollMs }) };
  const around = { env, times, settings, logger, redactor };
  const named = env['SECRET_PROVIDER_CHAIN'];
  if (named) return chainOf(named).flatMap((kind) => needed(kind, kinds[kind](around)));
  return Object.values(kinds).flatMap((providers) => {
    const of: (around: Surroundings) => SecretProvider[] = providers;
    return of(around);
  });
}

export function directSecrets(env: NodeJS.ProcessEnv, redactor: Redactor, logger: Logger): Promise<DirectSecrets> {
  const { watches } = secretSettings(env);
  const provider = new ChainedSecretProvider(directSecretProviders(env, logger, redactor), { watches });
  const store = new SecretStore({ provider, redactor });
  const follow: DirectSecrets['follow'] = async (moduleId, secrets) => {
    const { followChanges } = await import('./follow-changes.js');
    return followChanges(moduleId, secrets, { provider, store, redactor, logger });
  };
  return Promise.resolve({ source: store, follow });
}

function chainOf(text: string): Kind[] {
  const known = Object.keys(kinds);
  return text.split(',').map((part) => {
    const kind = part.trim().toLowerCase();
    if (known.includes(kind)) return kind as Kind;
    throw new BootError(
      'CONFIG_INVALID',
      `SECRET_PROVIDER_CHAIN names '${part.trim()}'${didYouMean(kind, known)}: write a list of ${known.join(', ')}`,
    );
  });
}

const variables: Record<Kind, string> = {
  env: '',
  file: 'PYWATT_SECRETS_DIR, CREDENTIALS_DIRECTORY or SECRET_FILE_PATH',
  dotenv: 'PYWATT_SECRETS_DOTENV',
  store: 'PYWATT_SECRETS_STORE',
  orchestrator: 'PYWATT_SECRETS_URL',
};

function needed(kind: Kind, providers: SecretProvider[]): SecretProvider[] {
  if (providers.length > 0) return providers;
  throw new BootError('CONFIG_INVALID', `SECRET_PROVIDER_CHAIN names '${kind}': set ${variables[kind]} too`);
}

/** The directory of the user, the one of systemd, and the one file of the Rust SDK. */
function directories({ env, times }: Surroundings): SecretProvider[] {
  const paths = [env['PYWATT_SECRETS_DIR'], env['CREDENTIALS_DIRECTORY']].filter((path) => !!path) as string[];
  const file = env['SECRET_FILE_PATH'];
  const format = env['SECRET_FILE_FORMAT'] || 'toml';
  if (file && format !== 'toml')
    throw new BootError('CONFIG_INVALID', `SECRET_FILE_FORMAT is '${format}': only toml is read`);
  return [
    ...[...new Set(paths)].map((path) => new FileSecretProvider(path, times)),
    ...(file ? [new TextSecretProvider(resolve(file), { format: 'toml', ...times })] : []),
  ];
}

function dotenv({ env, times }: Surroundings): SecretProvider[] {
  const path = env['PYWATT_SECRETS_DOTENV'];
  if (!path) return [];
  if (env['NODE_ENV'] === 'production' && env['PYWATT_SECRETS_DOTENV_IN_PRODUCTION'] !== 'true')
    throw new BootError(
      'CONFIG_INVALID',
      'PYWATT_SECRETS_DOTENV is for development, and NODE_ENV is production: use PYWATT_SECRETS_DIR or PYWATT_SECRETS_STORE, or set PYWATT_SECRETS_DOTENV_IN_PRODUCTION=true',
    );
  return [new TextSecretProvider(resolve(path), { format: 'dotenv', ...times })];
}

/** An orchestrator that did not start this process. */
function farOrchestrator({ env, times, settings, logger, redactor }: Surroundings): SecretProvider[] {
  const url = env['PYWATT_SECRETS_URL'];
  if (!url) return [];
  const [token, tokenFile] = [env['PYWATT_SECRETS_TOKEN'], env['PYWATT_SECRETS_TOKEN_FILE']];
  if (!token && !tokenFile)
    throw new BootError(
      'CONFIG_INVALID',
      'PYWATT_SECRETS_URL is set: name the file of its token in PYWATT_SECRETS_TOKEN_FILE',
    );
  let known: string | undefined;
  const readToken = async () => {
    const read = (token || (await readFile(tokenFile!, 'utf8'))).trim();
    redactor?.add(read);
    if (known !== undefined && known !== read) redactor?.retire(known);
    return (known = read);
  };
  const caFile = env['PYWATT_SECRETS_CA_FILE'];
  const pollMs = settings.pollMs ?? durationMs(settings.ttl) * 0.8;
  const far = new StandaloneSecretProvider({ url, token: readToken, caFile, pollMs, logger });
  return [new CachedSecretProvider(far, { ttl: settings.ttl, max: settings.max, ...times })];
}

function encryptedStore({ env, times, redactor }: Surroundings): SecretProvider[] {
  const [stored, keyFile] = [env['PYWATT_SECRETS_STORE'], env['PYWATT_SECRETS_STORE_KEY_FILE']];
  if (!stored) return [];
  const path = resolve(stored);
  const unlock = keyFile ? undefined : passphrasePlace(env);
  if (!unlock) return [new EncryptedSecretProvider({ path, key: { file: resolve(keyFile!) }, ...times })];
  let asked: Promise<string> | undefined;
  const ask: AskPassphrase = (at, isNew) => askStorePassphrase(at, isNew, passphraseCure);
  const passphrase = () =>
    (asked ??= passphraseOf(path, unlock, ask).then((text) => {
      redactor?.add(text);
      return text;
    }));
  return [new EncryptedSecretProvider({ path, key: { passphrase }, ...times })];
}

const passphraseCure =
  'name its key in PYWATT_SECRETS_STORE_KEY_FILE, or its passphrase in PYWATT_SECRETS_STORE_PASSPHRASE_FILE or PYWATT_SECRETS_STORE_PASSPHRASE_FD';

/** Never the passphrase itself: the variables of a process can be read by its children and by others. */
function passphrasePlace(env: NodeJS.ProcessEnv): StorePassphrase {
  const [file, fd] = [env['PYWATT_SECRETS_STORE_PASSPHRASE_FILE'], env['PYWATT_SECRETS_STORE_PASSPHRASE_FD']];
  if (file) return { by: 'passphrase', file: resolve(file) };
  if (fd) {
    if (/^\d{1,6}$/.test(fd) && fd !== '1' && fd !== '2') return { by: 'passphrase', fd: Number(fd) };
    throw new BootError(
      'CONFIG_INVALID',
      `PYWATT_SECRETS_STORE_PASSPHRASE_FD is no number of an open file descriptor, such as 3`,
    );
  }
  if (process.stdin.isTTY) return { by: 'prompt' };
  throw new BootError('CONFIG_INVALID', `PYWATT_SECRETS_STORE is set: ${passphraseCure}`);
}
