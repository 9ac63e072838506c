import type { ClassConstructor } from 'class-transformer';
import type { Class } from '../container/index.js';
import { BootError } from '../foundation/index.js';

interface FieldRules {
  readonly property: string;
  readonly variable: string;
  readonly rules: ReadonlySet<string>;
}

/**
 * Fills class-validator classes from the environment: `maxQuantity` from `MAX_QUANTITY` (or from a variable of its own
 * name). Text becomes a number under @IsInt and @IsNumber, true/false under @IsBoolean, a list at commas under
 * @IsArray; defaults of the class stay where a variable is unset. Throws one CONFIG_INVALID that lists every wrong
 * field of every class.
 */
export async function readModuleConfigs(
  classes: readonly Class[],
  env: NodeJS.ProcessEnv,
): Promise<Map<Class, object>> {
  const configs = new Map<Class, object>();
  if (classes.length === 0) return configs;
  const [{ plainToInstance }, { getMetadataStorage, validate }] = await Promise.all([
    import('class-transformer'),
    import('class-validator'),
  ]);
  const mistakes: string[] = [];
  for (const target of classes) {
    const fields = fieldsOf(getMetadataStorage().getTargetValidationMetadatas(target, '', true, false));
    const plain: Record<string, unknown> = {};
    for (const field of fields) {
      const text = env[field.variable] ?? env[field.property];
      if (text !== undefined && text !== '') plain[field.property] = parseText(text, field.rules);
    }
    const config = plainToInstance(target as ClassConstructor<object>, plain, { exposeDefaultValues: true });
    for (const error of await validate(config, { forbidUnknownValues: false })) {
      const variable = fields.find((field) => field.property === error.property)?.variable ?? error.property;
      const state = plain[error.property] === undefined ? 'is not set' : 'is wrong';
      mistakes.push(
        `${target.name}.${error.property} (${variable}) ${state}: ${Object.values(error.constraints ?? {}).join(', ') || 'invalid'}`,
      );
    }
    configs.set(target, config);
  }
  if (mistakes.length > 0) {
    throw new BootError(
      'CONFIG_INVALID',
      `the configuration has ${mistakes.length} mistake(s):\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`,
      {
        details: { mistakes },
      },
    );
  }
  return configs;
}

function fieldsOf(metadata: readonly { propertyName: string; name?: string; type: string }[]): FieldRules[] {
  const rules = new Map<string, Set<string>>();
  for (const { propertyName, name, type } of metadata) {
    rules.set(propertyName, (rules.get(propertyName) ?? new Set<string>()).add(name ?? type));
  }
  return [...rules].map(([property, names]) => ({ property, variable: variableName(property), rules: names }));
}

function variableName(property: string): string {
  return property
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toUpperCase();
}

function parseText(text: string, rules: ReadonlySet<string>): unknown {
  if (rules.has('isArray')) return text.split(',').map((part) => part.trim());
  if (rules.has('isBoolean'))
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
  const isNumeric = ['isInt', 'isNumber', 'min', 'max', 'isPositive'].some((rule) => rules.has(rule));
  return isNumeric && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
