import { didYouMean, ValueError } from '../../foundation/index.js';

/** What can be done for a module that was written with another SDK. Nothing of it is done unless the config asks. */
export const quirkNames = [
  'no-module-id',
  'rust-0.5-stray-reader',
  'rust-0.5-http-queue',
  'tcp-channel',
  'http-on-own-port',
  'http-health',
  'one-call-at-a-time',
  'python-nested',
] as const;
export type QuirkName = (typeof quirkNames)[number];

/** The quirks that modules of one SDK need, by what `kind` says. */
export const moduleKinds = {
  'rust-0.5': ['rust-0.5-stray-reader', 'tcp-channel', 'http-on-own-port', 'one-call-at-a-time'],
  'rust-0.5-macro': ['http-on-own-port', 'http-health', 'one-call-at-a-time'],
  'python-0.3': ['python-nested'],
} as const satisfies Record<string, readonly QuirkName[]>;
export type ModuleKind = keyof typeof moduleKinds;

/** Throws `ValueError`. */
export function parseQuirks(value: unknown): QuirkName[] {
  if (!Array.isArray(value)) throw new ValueError('must be a list of names, such as [no-module-id]');
  return value.map((name) => oneOf(quirkNames, name, 'quirk'));
}

/** Throws `ValueError`. */
export function parseModuleKind(value: unknown): ModuleKind {
  return oneOf(Object.keys(moduleKinds) as ModuleKind[], value, 'kind of module');
}

/** The quirks of a kind and those that were named beside it. */
export function quirksOf(kind: ModuleKind | undefined, named: readonly QuirkName[]): ReadonlySet<QuirkName> {
  return new Set([...(kind === undefined ? [] : moduleKinds[kind]), ...named]);
}

function oneOf<T extends string>(names: readonly T[], value: unknown, what: string): T {
  const known = names.find((name) => name === value);
  if (known !== undefined) return known;
  const near = typeof value === 'string' ? didYouMean(value, names) : '';
  throw new ValueError(`there is no ${what} ${JSON.stringify(value)}${near || `: write one of ${names.join(', ')}`}`);
}
