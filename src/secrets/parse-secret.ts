import { durationMs, ValueError } from '../foundation/index.js';
import { SecretError } from './secret-error.js';

/** What each form of `@Secret(name, { as })` reveals. */
export interface SecretForms {
  string: string;
  number: number;
  /** `true` or `false`, also `1`/`0`, `yes`/`no`, `on`/`off`, in any case. */
  boolean: boolean;
  json: unknown;
  url: URL;
  /** Milliseconds, written as `30s` or `5m`. */
  duration: number;
  /** Written as base64 or base64url. */
  bytes: Uint8Array;
}

export type SecretForm = keyof SecretForms;
/** A parser of one's own. What it throws is not shown, because it may quote the value. */
export type SecretParser<T = unknown> = (text: string) => T;

const expectations: Record<SecretForm, string> = {
  string: 'text',
  number: 'a decimal number',
  boolean: 'true or false',
  json: 'JSON',
  url: 'an absolute URL',
  duration: "a duration such as '30s' or '5m'",
  bytes: 'base64 or base64url',
};

export const secretForms = Object.keys(expectations) as readonly SecretForm[];

/** The value of a secret's text. Throws `SecretError` INVALID, which says what was expected and never what was found. */
export function parseSecret(name: string, text: string, as: SecretForm | SecretParser): unknown {
  const invalid = (why: string) => new SecretError('INVALID', `secret '${name}' ${why}`, { details: { name } });
  let value: unknown;
  try {
    value = typeof as === 'function' ? as(text) : parsers[as](text);
  } catch (error) {
    const expected =
      typeof as === 'function'
        ? `what its parser accepts: it threw ${classOf(error)} (its message is withheld, since it may quote the value)`
        : expectations[as];
    // No cause: the errors of JSON.parse and of most parsers quote their input.
    throw invalid(`is not ${expected}`);
  }
  if (isPromise(value)) throw invalid('has a parser that gives a promise: a secret is parsed at once');
  return value;
}

/** Of its class, not its own `name`, which may quote the value, too. */
function classOf(error: unknown): string {
  return error instanceof Error
    ? ((Object.getPrototypeOf(error) as Partial<Error>).constructor?.name ?? 'Error')
    : typeof error;
}

const parsers: { [F in SecretForm]: SecretParser<SecretForms[F]> } = {
  string: (text) => text,
  number(text) {
    const number = Number(text);
    // Number() reads nothing as 0, and other bases too.
    return accepted(number, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) && Number.isFinite(number));
  },
  boolean(text) {
    const word = text.trim().toLowerCase();
    const yes = ['true', '1', 'yes', 'on'].includes(word);
    return accepted(yes, yes || ['false', '0', 'no', 'off'].includes(word));
  },
  json: (text) => JSON.parse(text) as unknown,
  url: (text) => new URL(text.trim()),
  duration: (text) => durationMs(text.trim()),
  bytes(text) {
    const compact = text.replaceAll(/\s+/g, '');
    const [digits = '', padding = ''] = /^([^=]*)(=*)$/.exec(compact)?.slice(1) ?? [];
    const isOneAlphabet = /^([A-Za-z0-9+/]+|[A-Za-z0-9_-]+)$/.test(digits);
    // A last group of one digit holds no byte; padding, where there is any, fills its group.
    const isWhole = digits.length % 4 !== 1 && (padding === '' || (padding.length < 3 && compact.length % 4 === 0));
    return accepted(new Uint8Array(Buffer.from(compact, 'base64')), isOneAlphabet && isWhole);
  },
};

/** A secret is parsed before anything starts, so nobody could wait for it. */
function isPromise(value: unknown): boolean {
  if (!(value instanceof Promise)) return false;
  value.catch(() => undefined);
  return true;
}

/** Whether a default is what the form reveals; of a parser of one's own nobody knows. */
export function fitsForm(value: unknown, as: SecretForm | SecretParser): boolean {
  if (typeof as === 'function' || as === 'json') return true;
  if (as === 'url') return value instanceof URL;
  if (as === 'bytes') return value instanceof Uint8Array;
  return typeof value === (as === 'duration' ? 'number' : as);
}

function accepted<T>(value: T, isAccepted: boolean): T {
  if (!isAccepted) throw new ValueError('not accepted');
  return value;
}
