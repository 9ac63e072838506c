import type { TokenVerifier } from '../foundation/index.js';
import { type Resource, resourceToken, type Token } from './token.js';

/** The tokens of a module: one thing, which `jwt` injects and the guards of `http` need. */
export const jwtResource: Resource = { kind: 'jwt', name: 'default' };

/** What checks the tokens of a module; the same token as that of its `Jwt`. */
export const tokenVerifierKey: Token<TokenVerifier> = resourceToken<TokenVerifier>(jwtResource);
