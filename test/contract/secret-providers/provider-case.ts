import type { SecretProvider } from '../../../src/secrets/index.js';
import type { ContractCase } from '../contract-case.js';

/** A provider, and the place behind it as others see it. It begins with FIRST=one and nothing else. */
export interface ProviderFixture {
  readonly provider: SecretProvider;
  /** Changes the place behind the provider's back; undefined where nobody can. */
  readonly put?: (name: string, value: string) => Promise<void>;
  /** False where only secrets that were read through it are looked at again, since the place tells nothing by itself. */
  readonly tellsOfNew?: boolean;
  /** Whether it can be written through the provider. */
  readonly isWritable: boolean;
  /** Ends what is behind it. */
  readonly close?: () => Promise<void>;
}

export type ProviderCase = ContractCase<ProviderFixture>;
