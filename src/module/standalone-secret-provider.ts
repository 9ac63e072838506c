import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { BootError, type Logger, messageOf, readHostPort } from '../foundation/index.js';
import { checkSecretName, SecretError, type SecretProvider, type SecretReadMode } from '../secrets/index.js';
import { type LinkAddress, LinkDialer, ModuleSession } from '../wire/index.js';
import { WireSecretSource } from './wire-secret-source.js';

export interface StandaloneOptions {
  /** `tls://host:port`; `tcp://` only to this machine. */
  readonly url: string;
  /** The token of the orchestrator's `standalone`. */
  readonly token: () => Promise<string>;
  /** A file in PEM form that signs the orchestrator's certificate. Default: what Node trusts. */
  readonly caFile?: string | undefined;
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
  #opened: Promise<Opened> | undefined;

  /** Throws `BootError` CONFIG_INVALID for a URL that is none, or would send secrets over a network unencrypted. */
  constructor(private readonly options: StandaloneOptions) {
    this.#address = addressOf(options.url);
    this.name = `orchestrator ${options.url}`;
  }

  placesOf(name: string): readonly string[] {
    return [`${name} of the orchestrator at ${this.options.url}, granted under standalone.secrets`];
  }

  async get(name: string, mode?: SecretReadMode): Promise<string | undefined> {
    checkSecretName(name);
    const { source } = await this.#open();
    const options = mode === undefined || mode === 'cache' ? {} : { mode };
    return (await source.get(name, options))?.value || undefined;
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

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    await opened?.session.close();
  }

  #open(): Promise<Opened> {
    if (this.#opened) return this.#opened;
    const opened = this.#connect();
    this.#opened = opened;
    const forget = () => {
      if (this.#opened === opened) this.#opened = undefined;
    };
    opened.then(({ session }) => session.serve({ ...refusals, ended: forget }), forget);
    return opened;
  }

  async #connect(): Promise<Opened> {
    const { token, logger = silent, url } = this.options;
    try {
      const dialer = new LinkDialer({
        addresses: [await this.#linkAddress()],
        launch: `standalone:${randomUUID()}`,
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
      const message = `the orchestrator at ${url} gives no secrets: ${messageOf(error)}`;
      throw new SecretError('PROVIDER_FAILED', message, { retryable: true, cause: error });
    }
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
