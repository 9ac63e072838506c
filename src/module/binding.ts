import type { InjectionKey } from '../container/index.js';

/** Where one injected thing comes from. */
export interface Binding {
  /** `database`, `cache`, `secret`, `logger`, `config`, `repository` or `provider`. */
  readonly kind: string;
  readonly name: string;
  readonly source: 'direct' | 'proxied' | 'override';
  /** What it is: `sqlite ./data.db`; never a credential. */
  readonly description: string;
  readonly why: string;
}

/** A binding with its value and, when the boot opened it, how to close it. */
export interface BoundResource {
  readonly key: InjectionKey;
  readonly value: unknown;
  readonly binding: Binding;
  readonly close?: () => Promise<void>;
}
