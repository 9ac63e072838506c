import type { Class } from '../container/index.js';
import { validateAs } from '../foundation/index.js';
import { HttpError } from './http-error.js';

export interface ValidationOptions {
  /**
   * Fields the class has no rule for: `keep` (default) leaves them on the instance, `strip` removes them, `reject`
   * answers 400.
   */
  readonly unknownFields?: 'keep' | 'strip' | 'reject';
}

/**
 * An instance of `type` made from `plain` by class-transformer and checked by class-validator; both are loaded at the
 * first call. Throws `HttpError` VALIDATION_FAILED with `details.fields` (the first 100), `TypeError` when the class
 * has no rules at all.
 */
export async function validateInput<T extends object>(
  type: Class<T>,
  plain: unknown,
  { unknownFields = 'keep' }: ValidationOptions = {},
): Promise<T> {
  const validated = await validateAs(type, plain, {
    whitelist: unknownFields !== 'keep',
    forbidNonWhitelisted: unknownFields === 'reject',
  });
  switch (validated.kind) {
    case 'valid':
      return validated.value;
    case 'invalid': {
      const { fields, cause } = validated;
      throw new HttpError('VALIDATION_FAILED', 'validation failed', { details: { fields }, cause });
    }
    case 'unruled':
      throw new TypeError(
        `${type.name} has no class-validator decorators, so nothing can be checked by it: add some to its fields`,
      );
  }
}
