import type { Newable } from 'inversify';

/** A typed name for something injectable that is not a class. `get(token)` and overrides follow its type. */
export type Token<T> = symbol & { readonly __type?: T };

/** What can be asked for: a token, or a class (abstract ones too). */
export type InjectionKey<T = unknown> = Token<T> | Newable<T> | (abstract new (...args: never[]) => T);

/** What a token stands for when the SDK provides it: the composition root binds these before it builds the user's classes. */
export interface Resource {
  readonly kind: string;
  readonly name: string;
  /** What the capability that owns the kind needs to know, such as how a secret is parsed. */
  readonly options?: unknown;
}

interface TokenInfo {
  readonly description: string;
  readonly resource?: Resource;
}

const registry: Map<symbol, TokenInfo> = ((globalThis as Record<symbol, unknown>)[Symbol.for('@pywatt/sdk/tokens')] ??=
  new Map()) as Map<symbol, TokenInfo>;

/** A new token, different from every other, whatever its description. */
export function createToken<T>(description: string): Token<T> {
  const token = Symbol(description);
  registry.set(token, { description });
  return token;
}

/**
 * The token of something the SDK provides. The same `id` gives the same token in every copy of the package.
 */
export function resourceToken<T>(resource: Resource, id = `${resource.kind}:${resource.name}`): Token<T> {
  const token = Symbol.for(`@pywatt/sdk/${id}`);
  registry.set(token, { description: `${resource.kind} '${resource.name}'`, resource });
  return token;
}

export function resourceOf(key: unknown): Resource | undefined {
  return typeof key === 'symbol' ? registry.get(key)?.resource : undefined;
}

/** Whether the container can look something up by `key`. Text is no type of ours, but works where nobody checks types. */
export function isInjectionKey(key: unknown): key is InjectionKey {
  return typeof key === 'function' || typeof key === 'symbol' || typeof key === 'string';
}

/** How messages name a token or class. */
export function describeKey(key: unknown): string {
  if (typeof key === 'symbol') return registry.get(key)?.description ?? key.description ?? String(key);
  if (typeof key === 'function') return key.name || '(anonymous class)';
  return typeof key === 'object' && key !== null ? 'an object' : String(key);
}
