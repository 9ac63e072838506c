import { didYouMean, type Duration, durationMs, type Logger, messageOf } from '../foundation/index.js';
import { CacheError } from './cache-error.js';
import type { IoredisClient } from './redis/ioredis-client.js';

/** A `Duration`, or text out of a file that must turn out to be one. */
export type DurationText = string | Exclude<Duration, string>;

/** What a cache logs in with, where the password is a secret that may be rotated. */
export interface CachePassword {
  /** The name of the secret, for messages. */
  readonly secret: string;
  /** The value in force. */
  current(): Promise<string>;
}

/** A cache as configuration writes it. What the url says in its query must not be said again beside it. */
export interface CacheOptions {
  /** The name of the cache; messages carry it. */
  readonly name: string;
  /**
   * `memory:`, `file:./directory`, `redis://user@host:6379/0`, `rediss://…` (TLS), `redis-cluster://host,host`, `redis-sentinel://host,host/0?master=name`,
   * `memcached://host,host`; with parameters such as `?ttl=5m`.
   */
  readonly url?: string | undefined;
  /** In code, instead of a url: a client of ioredis that the program made, configures and closes. */
  readonly redis?: IoredisClient | undefined;
  /** What stands before every key on Redis. Default `pywatt:NAME:`, with `%3A` for a `:` of the name. */
  readonly prefix?: string | undefined;
  /** Who gives way when it is full: `s3-fifo` (the default), `lru`, `lfu`, `fifo`, `mru` or `none`. Memory and files only. */
  readonly policy?: string | undefined;
  /** The bound in bytes or as `'10mb'`. Memory and files only; default 10 MiB. */
  readonly max?: string | number | undefined;
  /** How many entries it may hold, beside the bound in bytes. Memory and files only; default no bound. */
  readonly maxEntries?: number | undefined;
  /** For entries written without a ttl. Default: they live until they are evicted. */
  readonly defaultTtl?: DurationText | undefined;
  /** Whether reading an entry gives it its own ttl anew; `exists` does not. Default false. */
  readonly sliding?: boolean | undefined;
  /** How long one operation may take. Servers only; default `2s`. */
  readonly timeout?: DurationText | undefined;
  /** Servers only: `fail-closed` (the default) rejects what cannot be done, `fail-open` makes a miss of it. */
  readonly onFailure?: string | undefined;
  /** Servers only, instead of a password in the url. */
  readonly password?: CachePassword | undefined;
  /** Of sentinels that want a login of their own; their user stands in the url as `sentinelUser`. */
  readonly sentinelPassword?: CachePassword | undefined;
  readonly logger?: Logger | undefined;
}

/** A cache on a client of ioredis that the program made; see `CacheOptions`. */
export interface GivenCacheOptions extends Pick<CacheOptions, 'prefix' | 'defaultTtl' | 'timeout' | 'onFailure'> {
  readonly redis: IoredisClient;
}

/** The options a url may hold in its query, by the name they have there. */
const optionOf = {
  policy: 'policy',
  max: 'max',
  entries: 'maxEntries',
  ttl: 'defaultTtl',
  sliding: 'sliding',
  timeout: 'timeout',
  failure: 'onFailure',
  prefix: 'prefix',
} as const;
type SharedParameter = keyof typeof optionOf;

/** What url and options say together. Messages never quote the url: it may carry a password. */
export class CacheSettings {
  readonly name: string;
  /** `redis` of `redis://host`, in lower case. */
  readonly scheme: string;
  /** What stands between the scheme and the query: `//user@host/0`. */
  readonly location: string;
  readonly password: CachePassword | undefined;
  readonly sentinelPassword: CachePassword | undefined;
  readonly logger: Logger | undefined;
  readonly #values = new Map<string, unknown>();
  readonly #inUrl: readonly string[];

  /** Throws CacheError CONFIGURATION when something is said twice. */
  constructor(options: CacheOptions) {
    const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec((options.url ?? '').trim()) ?? [];
    const [location = '', query = ''] = rest.split(/\?(.*)/s);
    this.name = options.name;
    this.scheme = scheme.toLowerCase();
    this.location = location;
    this.password = options.password;
    this.sentinelPassword = options.sentinelPassword;
    this.logger = options.logger;
    for (const [parameter, option] of Object.entries(optionOf))
      if (options[option] !== undefined) this.#values.set(parameter, options[option]);
    if (options.redis && options.url !== undefined) throw this.mistake('it has a url and a client of redis; keep one');
    const parameters = new URLSearchParams(query);
    this.#inUrl = [...parameters.keys()];
    for (const [parameter, value] of parameters) {
      if (this.#values.has(parameter)) throw this.mistake(`${shownOption(parameter)} is given twice; keep one`);
      this.#values.set(parameter, value);
    }
  }

  /** Throws CONFIGURATION for a setting this kind of cache does not have. */
  allow(kind: string, known: readonly string[], takesPassword = false): void {
    for (const parameter of this.#values.keys()) {
      if (known.includes(parameter)) continue;
      throw this.mistake(
        this.#inUrl.includes(parameter)
          ? `the url has an unknown parameter '${parameter}'${didYouMean(parameter, known)}; there are ${known.join(', ')}`
          : `a ${kind} cache has no setting '${shownOption(parameter)}'; leave it out`,
      );
    }
    if (this.password && !takesPassword) throw this.mistake(`a ${kind} cache has no password; leave it out`);
    if (this.sentinelPassword && !this.scheme.endsWith('-sentinel'))
      throw this.mistake("sentinelPassword is for sentinels; write the url with 'redis-sentinel:'");
  }

  text(parameter: string): string | undefined {
    const value = this.#values.get(parameter);
    return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
  }

  /** As it was given: text of a url, or the value of an option. */
  value(parameter: SharedParameter): unknown {
    return this.#values.get(parameter);
  }

  /** Whole milliseconds above 0. */
  durationMs(parameter: 'ttl' | 'timeout', ifNothing: string): number | undefined {
    const value = this.#values.get(parameter) as DurationText | undefined;
    if (value === undefined) return undefined;
    const option = shownOption(parameter);
    const ms = Math.min(Math.ceil(this.read(() => durationMs(value, option))), Number.MAX_SAFE_INTEGER);
    if (ms > 0) return ms;
    throw this.mistake(`${option} is 0, so ${ifNothing}`);
  }

  /** The default ttl of entries. */
  get defaultTtlMs(): number | undefined {
    return this.durationMs('ttl', 'nothing would ever be found; leave it out for entries without a ttl');
  }

  /** Whether reading an entry gives it its ttl anew. */
  get slides(): boolean {
    const text = this.text('sliding') ?? 'false';
    if (text === 'true' || text === 'false') return text === 'true';
    throw this.mistake(`sliding is '${text}'; write true or false`);
  }

  /** What `read` returns; what it throws becomes a mistake in this configuration. */
  read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.mistake(messageOf(error), error);
    }
  }

  mistake(what: string, cause?: unknown): CacheError {
    return new CacheError('CONFIGURATION', `cache '${this.name}': ${what}`, { cause });
  }
}

function shownOption(parameter: string): string {
  return Object.hasOwn(optionOf, parameter) ? optionOf[parameter as SharedParameter] : parameter;
}
