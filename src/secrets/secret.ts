import {
  decoratorProblems,
  type InjectDecorator,
  injectKey,
  placeOf,
  resourceToken,
  type Token,
} from '../container/index.js';
import { didYouMean } from '../foundation/index.js';
import { fitsForm, type SecretForm, type SecretForms, secretForms, type SecretParser } from './parse-secret.js';
import { nameMistake } from './secret-name.js';
import type { SecretValue } from './secret-value.js';

export interface SecretOptions {
  /** How the text is parsed; default `string`. `duration` gives milliseconds, `bytes` reads base64. */
  readonly as?: SecretForm | SecretParser;
  /** Inject `undefined` when no provider has the secret, instead of failing the boot. */
  readonly optional?: boolean;
  /** The parsed value used when no provider has the secret. */
  readonly default?: unknown;
}

type FormOf<O extends SecretOptions> =
  O['as'] extends SecretParser<infer T> ? T : O['as'] extends SecretForm ? SecretForms[O['as']] : string;
/** What a secret declared with the options `O` is injected as; with a default it is always there. */
export type SecretOf<O extends SecretOptions> =
  | SecretValue<FormOf<O>>
  | (O['optional'] extends true ? (O extends { readonly default: infer D } ? AbsentWith<D> : undefined) : never);
type AbsentWith<D> = undefined extends D ? undefined : never;
/** Options whose default is what their form reveals, as far as the compiler knows them. */
export type FittingDefault<O extends SecretOptions> = unknown extends O['default']
  ? unknown
  : { readonly default?: unknown extends FormOf<O> ? unknown : Readonly<FormOf<O>> | undefined };

/** The kind of our resources, and what their options hold. */
export const secretKind = 'secret';

/** The token behind `@Secret(name, options)`; the same arguments give the same token, except that parsers of one's own give a new one each time. */
export function secretToken(name: string): Token<SecretValue>;
export function secretToken<const O extends SecretOptions>(name: string, options: O): Token<SecretOf<O>>;
export function secretToken(name: string, options: SecretOptions = {}): Token<unknown> {
  return resourceToken({ kind: secretKind, name, options }, `${secretKind}:${name}${identityOf(options)}`);
}

/**
 * Injects a secret as a live `SecretValue`. Every missing or unparsable secret of a module is reported at once at boot,
 * as `BootError` SECRETS_MISSING.
 */
export function Secret<const O extends SecretOptions = {}>(
  name: string,
  options?: SecretOptions & O & FittingDefault<O>,
): InjectDecorator;
export function Secret(name: string, options: SecretOptions = {}): InjectDecorator {
  const mistake = mistakeIn(name, options);
  const inject = injectKey('@Secret', secretToken(name, options));
  if (mistake === undefined) return inject;
  return (target: object, property: string | symbol | undefined, parameterIndex?: number) => {
    const owner = typeof target === 'function' ? target : target.constructor;
    decoratorProblems.add(owner, {
      code: 'BAD_DECORATOR',
      where: placeOf(owner, property, parameterIndex),
      message: `@Secret ${mistake}`,
    });
  };
}

function mistakeIn(name: string, { as = 'string', default: fallback }: SecretOptions): string | undefined {
  if (typeof name !== 'string' || name === '') return "needs the name of a secret, such as @Secret('STRIPE_KEY')";
  const mistake = nameMistake(name);
  if (mistake !== undefined) return `has a name that cannot be used: ${mistake}`;
  if (typeof as === 'function') return undefined;
  if (secretForms.includes(as)) {
    if (fallback === undefined || fitsForm(fallback, as)) return undefined;
    return `has a default for '${name}' that is not what '${as}' reveals: write the parsed value, not its text`;
  }
  return `cannot parse '${name}' as '${as}': use ${secretForms.join(', ')} or a function${didYouMean(as, secretForms)}`;
}

function identityOf({ as = 'string', optional = false, default: fallback }: SecretOptions): string {
  if (typeof as === 'function' || !['undefined', 'string', 'number', 'boolean'].includes(typeof fallback))
    return `:${crypto.randomUUID()}`;
  const facts = [
    as === 'string' ? '' : as,
    optional ? 'optional' : '',
    fallback === undefined ? '' : JSON.stringify(fallback),
  ];
  const identity = facts.join(':');
  return identity === '::' ? '' : `:${identity}`;
}
