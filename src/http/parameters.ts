import {
  Cookies as CoreCookies,
  createCustomParameterDecorator,
  Headers as CoreHeaders,
  Params as CoreParams,
  Query as CoreQuery,
  Request as CoreRequest,
} from '@inversifyjs/http-core';
import type { Context, HonoRequest } from 'hono';
import type { Class } from '../container/index.js';
import { onParameter } from './decorator-place.js';
import { validateInput, type ValidationOptions } from './validate-input.js';

/** One named value, written `'id'` or `{ name: 'id' }`. */
export type Named = string | { readonly name: string };

/** One path parameter by name, all as a record, or all as a checked instance of a class (400 with the failed fields). */
export function Params(what?: Named | Class, options?: ValidationOptions): ParameterDecorator {
  return pick('@Params', CoreParams, what, options);
}

/**
 * One query parameter by name, all as a record, or all as a checked instance of a class. Values are strings, arrays of
 * them when repeated: a class says `@Type(() => Number)` where it wants a number.
 */
export function Query(what?: Named | Class, options?: ValidationOptions): ParameterDecorator {
  return pick('@Query', CoreQuery, what, options);
}

/** One request header by name, or all as a record with lower-case names. */
export function Headers(what?: Named): ParameterDecorator {
  return pick('@Headers', CoreHeaders, what);
}

/** One cookie by name, or all as a record. */
export function Cookies(what?: Named): ParameterDecorator {
  return pick('@Cookies', CoreCookies, what);
}

/** The request as Hono shows it (`HonoRequest`); the web `Request` is its `raw`. */
export function Request(): ParameterDecorator {
  return onParameter('@Request', CoreRequest());
}

/**
 * Hono's `Context`, to set headers, cookies or a status beside what the handler returns, or to build a whole answer
 * with `context.json(…)` and return that.
 */
export function Response(): ParameterDecorator {
  // http-core's own @Response would make the handler answer for itself, and a returned object would be lost.
  return onParameter(
    '@Response',
    createCustomParameterDecorator((_request: HonoRequest, context: Context) => context),
  );
}

function pick(
  name: string,
  core: typeof CoreParams,
  what?: Named | Class,
  options?: ValidationOptions,
): ParameterDecorator {
  if (what === undefined) return onParameter(name, core());
  if (typeof what === 'string') return onParameter(name, core({ name: what }));
  // A class has a name too, so it must be told from `{ name }` first.
  if (typeof what !== 'function') return onParameter(name, core({ name: what.name }));
  return onParameter(name, core({ execute: (plain: unknown) => validateInput(what as Class, plain, options) }));
}
