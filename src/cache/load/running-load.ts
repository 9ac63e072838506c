import { AsyncLocalStorage } from 'node:async_hooks';

/** What a load is of: the cache whose loads it is among, and the key. */
export interface LoadTarget {
  readonly cache: object;
  readonly key: string;
}

const ambient = new AsyncLocalStorage<RunningLoad>();
const running = new Set<RunningLoad>();

/** A loader at work in this process, with what it waits for. */
export class RunningLoad {
  readonly #waitsFor = new Set<LoadTarget>();

  private constructor(readonly target: LoadTarget) {}

  /** The load that this is called in, if any: by its loader, or by whatever that has called. */
  static get current(): RunningLoad | undefined {
    if (running.size === 0) return undefined;
    const load = ambient.getStore();
    return load && running.has(load) ? load : undefined;
  }

  static async run<T>(target: LoadTarget, loader: () => Promise<T>): Promise<T> {
    const load = new RunningLoad(target);
    running.add(load);
    try {
      return await ambient.run(load, loader);
    } finally {
      running.delete(load);
      // Up to Node 22 every promise of the process costs more for as long as this is in use.
      if (running.size === 0) ambient.disable();
    }
  }

  async waitFor<T>(target: LoadTarget, value: Promise<T>): Promise<T> {
    this.#waitsFor.add(target);
    try {
      return await value;
    } finally {
      this.#waitsFor.delete(target);
    }
  }

  /** The keys by which a load of `target` comes to wait for this one, which ends with `target` again; if it does. */
  pathFrom(target: LoadTarget, seen = new Set<RunningLoad>()): readonly string[] | undefined {
    for (const load of running) {
      if (!isSame(load.target, target) || seen.has(load)) continue;
      seen.add(load);
      if (load === this) return [target.key];
      for (const next of load.#waitsFor) {
        const path = this.pathFrom(next, seen);
        if (path) return [target.key, ...path];
      }
    }
    return undefined;
  }
}

function isSame(one: LoadTarget, other: LoadTarget): boolean {
  return one.cache === other.cache && one.key === other.key;
}
