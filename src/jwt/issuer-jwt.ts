import type { JsonObject } from '../foundation/index.js';
import { checkExpected, claimsToSign } from './claims.js';
import type { Jwt, JwtClaims, JwtSignOptions, JwtVerifyOptions } from './jwt.js';
import { jwtAlgorithms } from './jwt-algorithm.js';
import { JwtError } from './jwt-error.js';
import type { JwtIssuer } from './jwt-issuer.js';
import { tokenHeader } from './token-header.js';

/** The one `Jwt` there is, over whatever holds the key. Owns the issuer. */
export class IssuerJwt implements Jwt {
  readonly #issuer: JwtIssuer;
  #isClosed = false;

  constructor(issuer: JwtIssuer) {
    this.#issuer = issuer;
  }

  get description(): string {
    return this.#issuer.description;
  }

  async sign(claims: object, options: JwtSignOptions = {}): Promise<string> {
    this.#checkOpen();
    return this.#issuer.generate(claimsToSign(claims, options, Date.now()), { keyId: options.keyId });
  }

  async verify<T extends object = JsonObject>(
    token: string,
    { audience, issuer, algorithms }: JwtVerifyOptions = {},
  ): Promise<T & JwtClaims> {
    this.#checkOpen();
    const { alg } = tokenHeader(token);
    if (algorithms) checkAlgorithm(alg, algorithms);
    const claims = await this.#issuer.validate(token, { audience, issuer });
    // An orchestrator of the plain protocol knows nothing of either.
    checkExpected(claims, { audience, issuer });
    return claims as T & JwtClaims;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#issuer.close();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new JwtError('CLOSED', 'the module has closed its Jwt');
  }
}

function checkAlgorithm(alg: string | undefined, accepted: readonly string[]): void {
  const unknown = accepted.find((each) => !(jwtAlgorithms as readonly string[]).includes(each));
  if (unknown !== undefined)
    throw new JwtError(
      'ALGORITHM',
      `there is no algorithm ${JSON.stringify(unknown)}; write ${jwtAlgorithms.join(', ')}`,
    );
  if (alg !== undefined && accepted.includes(alg)) return;
  throw new JwtError('ALGORITHM', `the token is signed with none of the algorithms asked for: ${accepted.join(', ')}`);
}
