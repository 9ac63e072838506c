import type { InjectionKey, ModuleContainer } from '../container/index.js';
import type { Endpoint } from '../wire/index.js';
import type { Binding } from './binding.js';
import type { Environment } from './environment.js';
import type { RequestGate } from './request-gate.js';

/** `json` sets the body and its content type. */
export type RequestOptions = RequestInit & { readonly json?: unknown };

export interface BootedParts {
  readonly id: string;
  readonly environment: Environment;
  readonly container: ModuleContainer;
  readonly bindings: readonly Binding[];
  readonly routes: readonly Endpoint[];
  readonly fetch: (request: Request) => Promise<Response>;
  readonly gate: RequestGate;
  readonly close: () => Promise<void>;
}

/** A running module. Close it, or hold it with `await using`. */
export class BootedModule implements AsyncDisposable {
  readonly id: string;
  readonly environment: Environment;
  readonly #parts: BootedParts;
  #closing: Promise<void> | undefined;

  constructor(parts: BootedParts) {
    this.id = parts.id;
    this.environment = parts.environment;
    this.#parts = parts;
  }

  /** The real routes of the controllers, and `/health`. */
  get routes(): readonly Endpoint[] {
    return this.#parts.routes;
  }

  /** The singleton of a class or token, or a new instance in another scope. */
  get<T>(key: InjectionKey<T>): T {
    return this.#parts.container.get(key);
  }

  /** Sends a request to the module's controllers, without a network: `request('/orders', { method: 'POST', json: … })`. */
  request(target: string | URL | Request, options: RequestOptions = {}): Promise<Response> {
    return this.#parts.gate.run(() => this.#parts.fetch(requestOf(target, options)));
  }

  /** Where each injected thing comes from, what it is, and why. */
  bindings(): readonly Binding[] {
    return this.#parts.bindings;
  }

  /** Waits for requests in flight, runs `onStop` in reverse order, closes every connection. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#parts.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A Request for a path of the module (or a whole one); `json` becomes the body. */
export function requestOf(target: string | URL | Request, { json, ...init }: RequestOptions): Request {
  // A copy would pass an abort on only while somebody holds the first one.
  if (target instanceof Request && json === undefined && Object.keys(init).length === 0) return target;
  if (target instanceof Request)
    return json === undefined ? new Request(target, init) : new Request(target, { ...init, ...jsonBody(json, init) });
  const url = new URL(target, 'http://module.local');
  return new Request(url, json === undefined ? init : { method: 'POST', ...init, ...jsonBody(json, init) });
}

function jsonBody(json: unknown, init: RequestInit): RequestInit {
  const headers = new Headers(init.headers);
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return { body: JSON.stringify(json), headers };
}
