import type { ValidationError, ValidatorOptions } from 'class-validator';
import type { Class } from '../container/index.js';
import { HttpError } from './http-error.js';

export interface ValidationOptions {
  /**
   * Fields the class has no rule for: `keep` (default) leaves them on the instance, `strip` removes them, `reject`
   * answers 400.
   */
  readonly unknownFields?: 'keep' | 'strip' | 'reject';
}

/** One field that failed, such as `quantity` or `items[0].sku`; empty for the input as a whole. Never its value. */
export type FailedField = { readonly field: string; readonly messages: readonly string[] };

const maxFailedFields = 100;

const loadLibraries = () => Promise.all([import('class-transformer'), import('class-validator')]);
let libraries: ReturnType<typeof loadLibraries> | undefined;

/**
 * An instance of `type` made from `plain` by class-transformer and checked by class-validator; both are loaded at the
 * first call. Throws `HttpError` VALIDATION_FAILED with `details.fields` (the first 100), `TypeError` when the class
 * has no rules at all.
 */
export async function validateInput<T extends object>(
  type: Class<T>,
  plain: unknown,
  options: ValidationOptions = {},
): Promise<T> {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw validationFailed([{ field: '', messages: ['must be an object'] }]);
  }
  const [{ plainToInstance }, { validate }] = await (libraries ??= loadLibraries());
  const instance = transform(() => plainToInstance(type as new () => T, plain));
  const errors = await validate(instance, validatorOptions(options));
  if (
    errors.some(({ property, constraints }) => property === undefined && constraints?.['unknownValue'] !== undefined)
  ) {
    throw new TypeError(
      `${type.name} has no class-validator decorators, so nothing can be checked by it: add some to its fields`,
    );
  }
  if (errors.length > 0) throw validationFailed(failedFields(errors, ''));
  return instance;
}

function validatorOptions({ unknownFields = 'keep' }: ValidationOptions): ValidatorOptions {
  return {
    whitelist: unknownFields !== 'keep',
    forbidNonWhitelisted: unknownFields === 'reject',
    validationError: { target: false, value: false },
  };
}

/** A transform of the class may stumble over input it did not expect, such as `trim()` over a number. */
function transform<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw validationFailed([], cause);
  }
}

function validationFailed(fields: FailedField[], cause?: unknown): HttpError {
  const details = { fields: fields.slice(0, maxFailedFields) };
  return new HttpError('VALIDATION_FAILED', 'validation failed', { details, cause });
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
