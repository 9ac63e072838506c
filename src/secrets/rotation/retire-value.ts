import type { Redactor } from '../../foundation/index.js';

/**
 * Tells the redactor that nothing uses the value any more. The one place where rotations do: a redactor that can forget
 * decides itself for how long it goes on hiding it.
 */
export function retireValue(redactor: Redactor & { retire?(value: string): void }, value: string): void {
  redactor.retire?.(value);
}
