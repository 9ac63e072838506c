import { PyWattError } from '../../foundation/index.js';

/** `PW001`: a class of its own, which the module knows as POOL. */
export const poolSqlState = 'PW001';

/** The SQLSTATE that tells a driver of an error of ours. */
export function sqlStateOf(error: unknown): string {
  if (!PyWattError.is(error)) return 'XX000';
  switch (error.code) {
    case 'POOL':
      return poolSqlState;
    case 'TIMEOUT':
      return '25P03';
    case 'ACCESS_DENIED':
      return '42501';
    case 'CONFIGURATION': {
      const { driverCode } = error.details;
      if (typeof driverCode !== 'string') return '08004';
      return /^(?:28|3D)/.test(driverCode) || isOfParameter(driverCode) ? driverCode : '08004';
    }
    // Nothing was sent to the server.
    case 'CONNECTION':
      return '08001';
    default:
      return '08006';
  }
}

/** Whether a login failed for what it asked of the session: no such setting, a value that is none of it, or not its to set. */
export function isOfParameter(sqlState: string): boolean {
  return /^(?:22|42|55P02$)/.test(sqlState);
}
