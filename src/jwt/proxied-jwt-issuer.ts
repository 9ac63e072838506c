import type { JsonObject, TokenChecks } from '../foundation/index.js';
import type { ServiceConnection, WireJson } from '../wire/index.js';
import { checkTimes } from './claims.js';
import { type JwtCall, jwtCalls, type JwtOperation } from './jwt-calls.js';
import { jwtErrorFrom } from './jwt-error.js';
import type { IssueOptions, JwtIssuer } from './jwt-issuer.js';

/** How far the clock of a plain orchestrator may differ, which has no setting for it. */
const plainToleranceMs = 5_000;

/** The orchestrator's key, seen from a module: every method is one call on the connection. Owns the connection. */
export class ProxiedJwtIssuer implements JwtIssuer {
  readonly description: string;

  constructor(private readonly connection: ServiceConnection) {
    const { description } = connection.info;
    this.description = typeof description === 'string' ? description : 'tokens of the orchestrator';
  }

  generate(claims: JsonObject, { keyId }: IssueOptions): Promise<string> {
    return this.#call('generate', jwtCalls.generate, { claims, keyId });
  }

  async validate(token: string, { audience, issuer }: TokenChecks): Promise<JsonObject> {
    const claims = await this.#call('validate', jwtCalls.validate, { token, audience, issuer });
    // Rust peers want an `exp` and do not look at it.
    if (!this.connection.typedValues) checkTimes(claims, Date.now(), plainToleranceMs);
    return claims;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  async #call<P, R>(operation: JwtOperation, { params, result }: JwtCall<P, R>, given: P): Promise<R> {
    let answer: WireJson;
    try {
      answer = await this.connection.call(operation, params.write(given, this.connection.typedValues));
    } catch (error) {
      throw jwtErrorFrom(error);
    }
    return result.read(answer);
  }
}
