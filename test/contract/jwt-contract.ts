import { attackCases, closeCases } from './jwt/attack-cases.js';
import { claimCases } from './jwt/claim-cases.js';
import type { JwtCase } from './jwt/jwt-case.js';
import { signingCases } from './jwt/signing-cases.js';

export { type JwtFixture, newKey } from './jwt/jwt-case.js';

/** Everything the `Jwt` port promises, in this order: the last ones close it. */
export const jwtContract: readonly JwtCase[] = [...signingCases, ...claimCases, ...attackCases, ...closeCases];
