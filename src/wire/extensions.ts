import type { Extensions } from './messages.js';

/**
 * Our features, and the version of the protocol that brought each: correlation of every call, bodies as base64, error
 * codes, typed values; calls that can be cancelled, deadlines that travel with them, byte
 * streams, and heartbeats of the module; stages of rotations; frequent messages without the names of their fields; calls
 * of other modules.
 */
const sinceVersion = {
  corr: 1,
  b64: 1,
  err: 1,
  types: 1,
  cancel: 2,
  deadline: 2,
  streams: 2,
  beat: 2,
  stages: 3,
  brief: 4,
  routes: 5,
} as const;

export type Feature = keyof typeof sinceVersion;

const features = Object.keys(sinceVersion) as Feature[];

/** What we offer in init: the highest version we speak, and everything in it. Versions only ever add. */
export const offeredExtensions: Extensions = { v: Math.max(...Object.values(sinceVersion)), features };

/** What both ends of a session may use. Version 0 is the plain protocol. */
export class Agreement {
  readonly version: number;
  readonly #features: ReadonlySet<string>;

  constructor(version: number, features: Iterable<Feature>) {
    this.version = version;
    this.#features = new Set(features);
  }

  has(feature: Feature): boolean {
    return this.#features.has(feature);
  }

  /** How it is accepted: as `ext`, which a plain peer is never sent. */
  get acceptance(): { readonly ext?: Extensions } {
    return this.version === 0 ? {} : { ext: { v: this.version, features: [...this.#features] } };
  }
}

/** Of what the peer offers or accepts, what we know too: the highest common version, and the features in it that both named. */
export function agreementWith(peer: Extensions | undefined): Agreement {
  const version = Math.min(peer?.v ?? 0, offeredExtensions.v);
  return new Agreement(
    version,
    features.filter((feature) => sinceVersion[feature] <= version && peer?.features.includes(feature)),
  );
}

export const plainAgreement = agreementWith(undefined);

/** What a module of version 1 has accepted when it shows its nonce, before it says so in its announcement. */
export const firstAgreement = agreementWith({ v: 1, features });

/** How long the caller waits from now, for peers that keep deadlines. */
export function deadlineOf(agreement: Agreement, timeoutMs: number): { readonly deadline_ms?: number } {
  return agreement.has('deadline') && Number.isFinite(timeoutMs) ? { deadline_ms: Math.ceil(timeoutMs) } : {};
}

/** Whether a peer that sent these answers heartbeats, and may send its own. */
export function agreesToBeat(extensions: Extensions | undefined): boolean {
  return agreementWith(extensions).has('beat');
}
