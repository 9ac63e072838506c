/** A class, as decorators and the container see it. */
export type Class<T = object> = new (...args: never[]) => T;

/**
 * A list of facts that decorators record on classes and that inversify's own metadata cannot express. Subclasses see
 * their base classes' entries first.
 */
export class ClassMetadata<T> {
  readonly #own = new WeakMap<object, T[]>();

  add(target: object, entry: T): void {
    const entries = this.#own.get(target);
    if (entries) entries.push(entry);
    else this.#own.set(target, [entry]);
  }

  of(target: object): readonly T[] {
    const inherited = Object.getPrototypeOf(target) as object | null;
    const own = this.#own.get(target) ?? [];
    return inherited === null || inherited === Function.prototype ? own : [...this.of(inherited), ...own];
  }
}
