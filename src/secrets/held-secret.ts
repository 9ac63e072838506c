import { parseSecret, type SecretForm, type SecretParser } from './parse-secret.js';
import type { SecretOptions } from './secret.js';
import type { SourcedSecret } from './secret-source.js';
import { SecretValue, switchSecret } from './secret-value.js';

/** One way a module declares a secret, with the live handle that is injected for it. */
interface Declaration {
  readonly as: SecretForm | SecretParser;
  readonly optional: boolean;
  readonly fallback: unknown;
  handle: SecretValue<unknown> | undefined;
}

/** One version of a secret, parsed in every form its module declares. */
export interface ParsedSecret {
  readonly version: string | undefined;
  /** As it came; undefined for the defaults. */
  readonly text: string | undefined;
  readonly values: ReadonlyMap<Declaration, unknown>;
  /** What rotation hooks are given. */
  readonly hookValue: unknown;
}

/** A secret as one module uses it: each declared form has its live handle, and all forms change together. */
export class HeldSecret {
  readonly #declarations: Declaration[] = [];
  #current: ParsedSecret | undefined;
  /** Where the value was found at boot, if the source told. */
  place: string | undefined;

  constructor(readonly name: string) {}

  /** The value in force; undefined before boot, and when nobody has the secret and nothing requires it. */
  get current(): ParsedSecret | undefined {
    return this.#current;
  }

  declare(options: SecretOptions): void {
    if (this.#find(options)) return;
    const { as = 'string', optional = false, default: fallback } = options;
    this.#declarations.push({ as, optional, fallback, handle: undefined });
  }

  /** Whether the module can do without it. */
  get isOptional(): boolean {
    return this.#declarations.every(({ optional, fallback }) => optional || fallback !== undefined);
  }

  /** Throws `SecretError` INVALID when the text does not fit one of the declared forms. */
  parse({ value, version }: SourcedSecret): ParsedSecret {
    const values = new Map(
      this.#declarations.map((declared) => [declared, parseSecret(this.name, value, declared.as)]),
    );
    return { version, text: value, values, hookValue: this.#hasOneForm() ? [...values.values()][0] : value };
  }

  /** What holds when no source has the secret; undefined when no declaration has a default. */
  defaults(): ParsedSecret | undefined {
    const values = new Map(
      this.#declarations
        .filter(({ fallback }) => fallback !== undefined)
        .map((declared) => [declared, declared.fallback]),
    );
    if (values.size === 0) return undefined;
    const [first] = values.values();
    return { version: undefined, text: undefined, values, hookValue: this.#hasOneForm() ? first : String(first) };
  }

  /** Puts a version in force: every live handle changes now. */
  switchTo(next: ParsedSecret): void {
    this.#current = next;
    for (const [declared, value] of next.values) {
      if (declared.handle) switchSecret(declared.handle, value, next.version);
      else declared.handle = new SecretValue(this.name, value, next.version);
    }
  }

  handleFor(options: SecretOptions): SecretValue<unknown> | undefined {
    return this.#find(options)?.handle;
  }

  #hasOneForm(): boolean {
    return new Set(this.#declarations.map(({ as }) => as)).size === 1;
  }

  #find({ as = 'string', optional = false, default: fallback }: SecretOptions): Declaration | undefined {
    return this.#declarations.find(
      (each) => each.as === as && each.optional === optional && Object.is(each.fallback, fallback),
    );
  }
}
