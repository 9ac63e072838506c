import { type Class, type InjectionKey, readModuleGraph } from '../container/index.js';
import type { Duration } from '../foundation/index.js';
import type { StreamOptions } from '../module/index.js';
import type { ServedService } from '../services/index.js';
import { bootDirect } from './boot-direct.js';
import { bootProxied } from './boot-proxied.js';
import type { TestApp } from './test-app.js';
import { checkCaches } from './check-caches.js';
import { checkSecretNames } from './check-secret-names.js';
import { checkServices } from './check-services.js';
import type { TestCacheGrants, TestPlan } from './test-plan.js';

/**
 * Boots a module for a test: on SQLite in a temporary file and a memory cache of its own unless overridden, with
 * nothing taken from the process environment. `.proxied()` runs the same through a real orchestrator in this process
 * whose channel carries bytes only.
 */
export function testModule(root: Class): TestModule {
  return new TestModule(root);
}

/** Collects what a test wants, then boots. Overrides, secrets, services and caches that nothing uses fail the boot, naming the nearest. */
export class TestModule {
  readonly #root: Class;
  readonly #overrides = new Map<InjectionKey, unknown>();
  readonly #secrets = new Map<string, string>();
  readonly #services: ServedService[] = [];
  readonly #caches: Record<string, TestCacheGrants[string]> = {};
  readonly #env: Record<string, string> = {};
  #isProxied = false;
  #timeout: Duration | undefined;
  #maxBody: string | number | undefined;
  #streams: StreamOptions | undefined;

  constructor(root: Class) {
    this.#root = root;
  }

  /** Puts a value in the place of whatever `key` names: a provider class, a token, a database or cache. */
  override<T>(key: InjectionKey<T>): { with(value: T): TestModule } {
    return {
      with: (value) => {
        this.#overrides.set(key, value);
        return this;
      },
    };
  }

  secret(name: string, value: string): this {
    this.#secrets.set(name, value);
    return this;
  }

  /** Serves a service to the module, directly or through the orchestrator: `.service(Geo.serve({ … }))`. */
  service(served: ServedService): this {
    this.#services.push(served);
    return this;
  }

  /**
   * Lets the module keep what it reads of a cache in its own memory, as its entry in an orchestrator's configuration would:
   * `.caches({ default: { near: true } })`. Only `.proxied()` makes a difference.
   */
  caches(grants: TestCacheGrants): this {
    Object.assign(this.#caches, grants);
    return this;
  }

  /** Settings for config classes and connections, such as `DATABASE_URL`. */
  env(variables: Readonly<Record<string, string>>): this {
    Object.assign(this.#env, variables);
    return this;
  }

  /** Runs the module through a real in-process orchestrator instead of directly. */
  proxied(): this {
    this.#isProxied = true;
    return this;
  }

  /** Deadline of the boot. Default `30s`. */
  timeout(timeout: Duration): this {
    this.#timeout = timeout;
    return this;
  }

  /** The largest body of a request, in both worlds; proxied, of the gateway too. Default `10mb`. */
  maxBody(size: string | number): this {
    this.#maxBody = size;
    return this;
  }

  /** Limits of long bodies at the module's end of the wire; directly there are none. */
  streams(options: StreamOptions): this {
    this.#streams = options;
    return this;
  }

  /** Boots. The test closes the app, best with `await using`. Throws what `bootModule` throws, and OVERRIDE_INVALID. */
  async boot(): Promise<TestApp> {
    const graph = readModuleGraph(this.#root, []);
    checkSecretNames(graph, this.#secrets.keys(), this.#env);
    checkServices(graph, this.#services);
    checkCaches(graph, this.#caches);
    const plan: TestPlan = {
      overrides: this.#overrides,
      secrets: this.#secrets,
      services: this.#services,
      caches: this.#caches,
      env: this.#env,
      timeout: this.#timeout,
      maxBody: this.#maxBody,
      streams: this.#streams,
    };
    return this.#isProxied ? bootProxied(graph, plan) : bootDirect(graph, plan);
  }
}
