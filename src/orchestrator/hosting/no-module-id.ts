import type { Quirk } from './quirk.js';

/** The JWT middleware of Rust modules answers 500 to everything as soon as it finds this variable (DEFECTS R13). */
export function noModuleId(): Quirk {
  return { withoutVariables: ['PYWATT_MODULE_ID'] };
}
