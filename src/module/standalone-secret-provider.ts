import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { BootError, type Logger, messageOf, readHostPort, WireError } from '../foundation/index.js';
import {
  checkSecretName,
  SecretError,
  type SecretProvider,
  type SecretsChanged,
  type SecretsHeard,
  type SecretWatch,
  SharedWatch,
} from '../secrets/index.js';
import { type LinkAddress, LinkDialer, ModuleSession } from '../wire/index.js';
import { StandaloneWatch } from './standalone-watch.js';
import { type WatchOptions, WireSecretSource } from './wire-secret-source.js';

export interface StandaloneOptions {
  /** `tls://host:port`; `tcp://` only to this machine. */
  readonly url: string;
  /** The token of the orchestrator's `standalone`. */
  readonly token: () => Promise<string>;
  /** A file in PEM form that signs the orchestrator's certificate. Default: what Node trusts. */
  readonly caFile?: string | undefined;
  /** How often values are read again under an orchestrator that does not tell of changes. Default 1 min. */
  readonly pollMs?: number | undefined;
  readonly logger: Logger | undefined;
}

interface Opened {
  readonly session: ModuleSession;
  readonly source: WireSecretSource;
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/**
 * The secrets of an orchestrator that did not start this process. Connects when it is first asked, and again after the
 * connection was lost. Rejects with `SecretError` PROVIDER_FAILED (retryable) while nobody answers.
 */
export class StandaloneSecretProvider implements SecretProvider {
  readonly name: string;
  readonly #address: URL;
  /** By which the audit log of the orchestrator knows this run of this process over all its sessions. */
  readonly #run = randomUUID();
  #sessions = 0;
  #opened: Promise<Opened> | undefined;
  /** What this process was given, and so has to be told of. */
  readonly #given = new Set<string>();
  /** Of these it is told no more, until it is granted them again. */
  readonly #withheld = new Set<string>();
  /** An orchestrator answers one watch of each session. */
  readonly #watch = new SharedWatch((changed) => this.#openWatch(changed));

  /** Throws `BootError` CONFIG_INVALID for a URL that is none, or would send secrets over a network unencrypted. */
  constructor(private readonly options: StandaloneOptions) {
    this.#address = addressOf(options.url);
    this.name = `orchestrator ${options.url}`;
  }

  placesOf(name: string): readonly string[] {
    return [`${name} of the orchestrator at ${this.options.url}, granted under standalone.secrets`];
  }

  /** The value in force with the orchestrator, which may have refused the one that its own place has by now. */
  async get(name: string): Promise<string | undefined> {
    checkSecretName(name);
    const { source } = await this.#open();
    const value = (await source.get(name))?.value || undefined;
    this.#withheld.delete(name);
    if (value !== undefined) this.#given.add(name);
    return value;
  }

  /** It may be refused all the same: the orchestrator grants writing secret by secret. */
  canWrite(): Promise<true> {
    return Promise.resolve(true);
  }

  async set(name: string, value: string): Promise<void> {
    checkSecretName(name);
    await (await this.#open()).source.set(name, value);
  }

  async delete(name: string): Promise<boolean> {
    checkSecretName(name);
    return (await this.#open()).source.delete(name);
  }

  async list(): Promise<readonly string[]> {
    return (await this.#open()).source.list();
  }

  watch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    return this.#watch.watch(changed);
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    await opened?.session.close();
  }

  #openWatch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    const { logger, pollMs = 60_000 } = this.options;
    const ask = (heard: SecretsHeard | undefined, options: WatchOptions) => this.#ask(heard, options);
    const read = () => this.#readAgain();
    const withheld = () => [...this.#withheld].sort();
    return StandaloneWatch.start({ name: this.name, ask, read, withheld, pollMs, changed, logger });
  }

  async #ask(heard: SecretsHeard | undefined, options: WatchOptions): Promise<SecretsChanged | undefined> {
    const opening = this.#open();
    const { source, session } = await opening;
    try {
      return await source.watch(heard, options);
    } catch (error) {
      // A session that answers nothing is of no use to anybody; what is asked next opens another.
      if (!options.signal.aborted) {
        this.#forget(opening);
        void session.close();
      }
      throw error;
    }
  }

  /** Those it is not granted any more are left out: it goes on with what it has. */
  async #readAgain(): Promise<ReadonlyMap<string, string | undefined>> {
    const read = [...this.#given].map(async (name) => {
      try {
        return [[name, await this.get(name)]] as const;
      } catch (error) {
        if (!SecretError.is(error) || error.code !== 'ACCESS_DENIED') throw error;
        this.#withheld.add(name);
        return [];
      }
    });
    return new Map((await Promise.all(read)).flat());
  }

  #open(): Promise<Opened> {
    if (this.#opened) return this.#opened;
    const opened = this.#connect();
    this.#opened = opened;
    const forget = () => this.#forget(opened);
    opened.then(({ session }) => session.serve({ ...refusals, ended: forget }), forget);
    return opened;
  }

  #forget(opened: Promise<Opened>): void {
    if (this.#opened === opened) this.#opened = undefined;
  }

  async #connect(): Promise<Opened> {
    const { token, logger = silent, url } = this.options;
    try {
      const dialer = new LinkDialer({
        addresses: [await this.#linkAddress()],
        launch: `standalone:${this.#run}_${(this.#sessions += 1)}`,
        token: await token(),
        logger,
      });
      // It listens before the connection is there: the first message comes at once.
      const opening = ModuleSession.open(dialer.link, { logger });
      opening.catch(() => undefined);
      try {
        await dialer.open();
        const session = await opening;
        return { session, source: new WireSecretSource(session) };
      } catch (error) {
        await dialer.link.close();
        throw error;
      }
    } catch (error) {
      if (error instanceof SecretError) throw error;
      const message = `the orchestrator at ${url} gives no secrets: ${this.#reasonOf(error)}`;
      throw new SecretError('PROVIDER_FAILED', message, { retryable: true, cause: error });
    }
  }

  #reasonOf(error: unknown): string {
    const message = messageOf(error);
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (/CERT|ISSUER|LEAF_SIGNATURE/.test(cause?.code ?? ''))
      return `${message}; name the certificate of who signed its own in PYWATT_SECRETS_CA_FILE`;
    if (!WireError.is(error)) return message;
    if (error.code === 'PEER_REFUSED') return 'its token is another one: put that into PYWATT_SECRETS_TOKEN_FILE';
    if (error.code !== 'CHANNEL_CLOSED') return message;
    // How it ended differs from one time to the next.
    const tls = this.#address.protocol === 'tcp:' ? '; if it listens with tls, write tls:// in PYWATT_SECRETS_URL' : '';
    return `the connection ended in its handshake: after ten wrong tokens in a minute it takes none for the rest of it${tls}`;
  }

  async #linkAddress(): Promise<LinkAddress> {
    const { protocol, host: text } = this.#address;
    const { host, port } = readHostPort(text)!;
    if (protocol === 'tcp:') return { kind: 'tcp', host, port };
    const { caFile } = this.options;
    return { kind: 'tls', host, port, tls: caFile ? { ca: await readFile(caFile, 'utf8') } : {} };
  }
}

const refusals = {
  http: () => Promise.reject(new SecretError('INVALID', 'this process serves no requests here')),
  rotated: () => Promise.resolve(),
  shutdown: () => undefined,
};

function addressOf(text: string): URL {
  const invalid = (why: string) => new BootError('CONFIG_INVALID', `PYWATT_SECRETS_URL ${why}`);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid("is no URL: write 'tls://host:port'");
  }
  if (url.username || url.password) throw invalid('must not hold a token: name its file in PYWATT_SECRETS_TOKEN_FILE');
  if (!['tls:', 'tcp:'].includes(url.protocol) || !readHostPort(url.host))
    throw invalid(`is '${text}': write 'tls://host:port'`);
  const isLocal = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'tcp:' && !isLocal) throw invalid('would send secrets over a network unencrypted: use tls://');
  return url;
}
