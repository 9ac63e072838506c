import type { InjectionKey } from '../container/index.js';
import type { Binding, BootedModule, Environment, RequestOptions } from '../module/index.js';
import type { RotationReport } from '../secrets/index.js';

export interface TestAppParts {
  readonly module: BootedModule;
  readonly request: (target: string | URL | Request, options: RequestOptions) => Promise<Response>;
  readonly rotateSecret: (name: string, value: string) => Promise<RotationReport>;
  readonly close: () => Promise<void>;
}

/** A module booted for a test. Close it, best with `await using`. */
export class TestApp implements AsyncDisposable {
  readonly #parts: TestAppParts;
  #closing: Promise<void> | undefined;

  constructor(parts: TestAppParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.module.id;
  }

  get environment(): Environment {
    return this.#parts.module.environment;
  }

  get<T>(key: InjectionKey<T>): T {
    return this.#parts.module.get(key);
  }

  /** A request to the module: directly, or through the orchestrator's gateway. `json` sets the body and its type. */
  request(target: string | URL | Request, options: RequestOptions = {}): Promise<Response> {
    return this.#parts.request(target, options);
  }

  bindings(): readonly Binding[] {
    return this.#parts.module.bindings();
  }

  /** The real rotation, hooks and acknowledgements included. A rejection is in the report, not thrown. */
  rotateSecret(name: string, value: string): Promise<RotationReport> {
    return this.#parts.rotateSecret(name, value);
  }

  /** Stops the module and deletes its temporary files. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#parts.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
