import { scopes } from './decorators.js';
import { describeKey, isInjectionKey } from './token.js';

const sources = ['useClass', 'useValue', 'useFactory'] as const;
const circularHint = (value: unknown) =>
  value === undefined || value === null ? ', often because two files import each other' : '';

/** What is wrong with an entry of `providers`, as people write it; undefined when nothing is. */
export function mistakeIn(provider: unknown): string | undefined {
  if (typeof provider === 'function') return undefined;
  if (typeof provider !== 'object' || provider === null) {
    return `lists a provider that is ${describeKey(provider)}${circularHint(provider)}; a provider is a class or { provide, useClass | useValue | useFactory }`;
  }
  const written = provider as Record<string, unknown>;
  if (!isInjectionKey(written['provide'])) {
    return `lists a provider whose \`provide\` is ${describeKey(written['provide'])}${circularHint(written['provide'])}; name a class or a token`;
  }
  const name = describeKey(written['provide']);
  const given = sources.filter((source) => source in written);
  if (given.length !== 1) {
    return `lists a provider of ${name} with ${given.join(' and ') || 'nothing to use'}; give it one of useClass, useValue and useFactory`;
  }
  for (const source of ['useClass', 'useFactory'] as const) {
    if (source in written && typeof written[source] !== 'function') {
      return `lists a provider of ${name} whose ${source} is ${describeKey(written[source])}${circularHint(written[source])}; name a ${source === 'useClass' ? 'class' : 'function'}`;
    }
  }
  const { scope, inject = [] } = written;
  if (scope !== undefined && !scopes.some((known) => known === scope))
    return `lists a provider of ${name} with ${wrongScope(scope)}`;
  if (!Array.isArray(inject)) return `lists a provider of ${name} whose inject is not a list; write inject: [ … ]`;
  const unknown = inject.findIndex((key) => !isInjectionKey(key));
  return unknown < 0
    ? undefined
    : `lists a provider of ${name} that injects ${describeKey(inject[unknown])}${circularHint(inject[unknown])}; name a class or a token`;
}

export function wrongScope(scope: unknown): string {
  return `the scope '${String(scope)}'; write ${scopes.join(', ')}`;
}
