import type { ClassConstructor } from 'class-transformer';
import type { ValidationError, ValidatorOptions } from 'class-validator';

/** One field that failed, such as `quantity` or `items[0].sku`; empty for the input as a whole. Never its value. */
export type FailedField = { readonly field: string; readonly messages: readonly string[] };

export type Validated<T> =
  | { readonly kind: 'valid'; readonly value: T }
  /** At most the first 100 fields; none when a transform of the class failed, which is then the `cause`. */
  | { readonly kind: 'invalid'; readonly fields: FailedField[]; readonly cause?: unknown }
  /** The class has no class-validator decorators, so nothing can be checked by it. */
  | { readonly kind: 'unruled' };

const maxFailedFields = 100;

const loadLibraries = () => Promise.all([import('class-transformer'), import('class-validator')]);
let libraries: ReturnType<typeof loadLibraries> | undefined;

/**
 * An instance of `type` made from `plain` by class-transformer and checked by class-validator; both are loaded at the
 * first call.
 */
export async function validateAs<T extends object>(
  type: new (...args: never[]) => T,
  plain: unknown,
  options: ValidatorOptions = {},
): Promise<Validated<T>> {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain))
    return { kind: 'invalid', fields: [{ field: '', messages: ['must be an object'] }] };
  const [{ plainToInstance }, { validate }] = await (libraries ??= loadLibraries());
  let value: T;
  try {
    value = plainToInstance(type as ClassConstructor<T>, plain);
  } catch (cause) {
    // A transform of the class may stumble over input it did not expect, such as `trim()` over a number.
    return { kind: 'invalid', fields: [], cause };
  }
  const errors = await validate(value, { ...options, validationError: { target: false, value: false } });
  if (errors.some(({ property, constraints }) => property === undefined && constraints?.['unknownValue'] !== undefined))
    return { kind: 'unruled' };
  if (errors.length === 0) return { kind: 'valid', value };
  return { kind: 'invalid', fields: failedFields(errors, '').slice(0, maxFailedFields) };
}

/** An instance as plain objects, as its class-transformer decorators say; anything else is copied. */
export async function plainOf(instance: unknown): Promise<unknown> {
  const [{ instanceToPlain }] = await (libraries ??= loadLibraries());
  return instanceToPlain(instance);
}

function failedFields(errors: readonly ValidationError[], parent: string): FailedField[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const field = pathOf(parent, property);
    const own = constraints ? [{ field, messages: Object.values(constraints) }] : [];
    return [...own, ...failedFields(children ?? [], field)];
  });
}

/** class-validator gives no property where an item itself is not of a class it knows. */
function pathOf(parent: string, property: string | undefined): string {
  if (property === undefined) return parent;
  if (parent === '') return property;
  return /^\d+$/.test(property) ? `${parent}[${property}]` : `${parent}.${property}`;
}
