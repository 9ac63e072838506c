import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { didYouMean, isJsonObject } from '../../foundation/index.js';
import type { ConfigPath, ConfigProblem } from './config-problem.js';

/** `value` as an `entryClass`, or undefined after every mistake in it was added to `problems`. */
export function checkEntry<T extends object>(
  entryClass: new () => T,
  value: unknown,
  path: ConfigPath,
  problems: ConfigProblem[],
): T | undefined {
  const keys = keysOf(entryClass);
  if (!isJsonObject(value)) {
    problems.push({ path, message: `must be a mapping with the keys ${keys.join(', ')}` });
    return undefined;
  }
  const entry = plainToInstance(entryClass, value);
  const errors = validateSync(entry, { whitelist: true, forbidNonWhitelisted: true, stopAtFirstError: true });
  for (const error of errors) {
    problems.push({ path: [...path, error.property], message: describe(error, value, keys) });
  }
  return errors.length === 0 ? entry : undefined;
}

function describe(error: ValidationError, value: object, keys: readonly string[]): string {
  if (error.constraints?.['whitelistValidation'] !== undefined) {
    return `is not a key here${didYouMean(error.property, keys) || `: the keys are ${keys.join(', ')}`}`;
  }
  if (!Object.hasOwn(value, error.property)) return 'is missing';
  return (Object.values(error.constraints ?? {})[0] ?? 'is not valid').trim();
}

function keysOf(entryClass: new () => object): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(entryClass, '', false, false);
  return [...new Set(rules.map((rule) => rule.propertyName))];
}
