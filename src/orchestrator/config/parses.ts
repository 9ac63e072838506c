import { ValidateBy } from 'class-validator';
import { messageOf } from '../../foundation/index.js';

/** A class-validator rule: the property is right when `parse` accepts it, and `parse` says what is wrong when not. */
export function Parses(parse: (value: unknown) => unknown): PropertyDecorator {
  const complaint = (value: unknown): string | undefined => {
    try {
      parse(value);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
  return ValidateBy({
    name: 'parses',
    validator: {
      validate: (value) => complaint(value) === undefined,
      defaultMessage: (args) => complaint(args?.value) ?? 'is not valid',
    },
  });
}
