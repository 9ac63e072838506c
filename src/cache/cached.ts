import { type Class, decoratorProblems, requirements } from '../container/index.js';
import { durationMs, messageOf } from '../foundation/index.js';
import { type Cache, type CacheLoadOptions, cacheToken } from './cache.js';
import { CacheError } from './cache-error.js';
import { checkTags } from './cache-key.js';
import { keyOfArguments } from './key-of-arguments.js';
import { loadTerms } from './load/load-terms.js';

/** How the results of a method are kept. Where a function is asked, it is given the arguments of the call. */
export interface CachedOptions extends Omit<CacheLoadOptions, 'tags'> {
  /** The name of the cache. Default `default`. */
  readonly cache?: string | undefined;
  /**
   * The key, as text for a method without parameters. Default: `Class.method:` and the arguments as JSON; `Class.method` is
   * then the namespace of all results. Arguments that JSON cannot tell apart are refused with OPERATION.
   */
  readonly key?: string | ((...args: never[]) => string) | undefined;
  readonly tags?: readonly string[] | ((...args: never[]) => readonly string[]) | undefined;
}

type AsyncMethod = (this: object, ...args: never[]) => Promise<unknown>;
type CacheOf = (name: string) => Cache;

const equipped = new WeakMap<object, CacheOf>();

/** Tells the `@Cached` methods of an instance where their caches are; the container calls it for each provider it creates. */
export function attachCaches(instance: object, cacheOf: CacheOf): void {
  equipped.set(instance, cacheOf);
}

/**
 * Keeps the results of an async method in a cache: `getOrSet` with the method as the loader, so that it runs once for all
 * who call it with the same key, and every caller gets what JSON makes of the result. Errors are not kept. Called on an
 * object that the container did not create, it rejects with CacheError CONFIGURATION.
 */
export function Cached(options: CachedOptions = {}) {
  const { cache: name = 'default', key, tags, ...terms } = options;
  return <T extends (...args: never[]) => Promise<unknown>>(
    target: object,
    property: string | symbol,
    descriptor?: TypedPropertyDescriptor<T>,
  ): TypedPropertyDescriptor<T> | void => {
    const method = String(property);
    const original: unknown = descriptor?.value;
    const mistake = mistakeIn(options, target, original);
    const owner = (typeof target === 'function' ? target : target.constructor) as Class;
    const where = `${owner.name}.${method}`;
    if (mistake !== undefined) {
      decoratorProblems.add(owner, { code: 'BAD_DECORATOR', where, message: `@Cached ${mistake}` });
      return undefined;
    }
    requirements.add(owner, { key: cacheToken(name), isOptional: false, where });
    const cached: AsyncMethod = async function (...args) {
      const cacheOf = equipped.get(this);
      if (!cacheOf) {
        const message = `@Cached method ${where} was called on an object that the container did not create; inject the class instead`;
        throw new CacheError('CONFIGURATION', message);
      }
      const load = async () => (original as AsyncMethod).apply(this, args);
      return cacheOf(name).getOrSet(keyOf(this, args), load, {
        ...terms,
        tags: typeof tags === 'function' ? tags(...args) : tags,
      });
    };
    /** A class that inherits the method may mean something else by it, and may call it in its own. */
    const keyOf = (instance: object, args: never[]) => {
      if (key !== undefined) return typeof key === 'function' ? key(...args) : key;
      const actual = instance.constructor.name;
      return `${actual === owner.name ? where : `${actual}.${where}`}:${keyOfArguments(args, where)}`;
    };
    Object.defineProperty(cached, 'name', { value: method });
    return { ...descriptor, value: cached as unknown as T };
  };
}

function mistakeIn(options: CachedOptions, target: object, original: unknown): string | undefined {
  const { key, tags, ttl } = options;
  if (typeof target === 'function' || typeof original !== 'function')
    return 'stands on something other than an instance method; use it on an async method';
  if (/^(?:Async)?GeneratorFunction$/.test(original.constructor.name))
    return 'stands on a generator, whose values cannot be kept; use it on an async method that returns one value';
  if (typeof key === 'string' && original.length > 0)
    return `gives all arguments the one key ${JSON.stringify(key)}; make the key a function of them: (id) => \`user:\${id}\``;
  try {
    loadTerms(options, { ttlMs: ttl === undefined ? ttl : durationMs(ttl, 'ttl') }, 'its options');
    if (typeof tags === 'object') checkTags(tags, 'tags');
    return undefined;
  } catch (error) {
    return `has a mistake: ${messageOf(error)}`;
  }
}
