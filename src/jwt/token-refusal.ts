import { JwtError } from './jwt-error.js';

/** Longer tokens are refused before anything of them is decoded. */
export const maxTokenLength = 16_384;

/**
 * Why jose refused a token. Its own error is left behind: it carries the claims, and some of its messages quote what
 * stood in the token.
 */
export function refusalOf(error: unknown): JwtError {
  const { code, claim, reason } = error as { code?: unknown; claim?: unknown; reason?: unknown };
  switch (code) {
    case 'ERR_JWT_EXPIRED':
      return expired();
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      return claimRefusal(String(claim), String(reason));
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return new JwtError(
        'BAD_SIGNATURE',
        'the token was not signed with a key that is accepted, or was altered since',
      );
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
      return new JwtError('ALGORITHM', 'the token is signed with another algorithm than the one configured');
    case 'ERR_JWS_INVALID':
    case 'ERR_JWT_INVALID':
    case 'ERR_JOSE_NOT_SUPPORTED':
      return malformedToken();
    default:
      return new JwtError('KEY', 'the key of tokens cannot be used to verify');
  }
}

export function malformedToken(): JwtError {
  return new JwtError(
    'MALFORMED',
    'this is no token: three parts in base64url, the first two of them JSON, are expected',
  );
}

function claimRefusal(claim: string, reason: string): JwtError {
  if (claim === 'nbf' && reason === 'check_failed') return notYetValid();
  return wrongClaim(claim, reason === 'missing' ? 'is missing' : reason === 'invalid' ? 'is no number' : wrong[claim]);
}

export function expired(): JwtError {
  return new JwtError('EXPIRED', 'the token has expired', { details: { claim: 'exp' } });
}

export function notYetValid(): JwtError {
  return new JwtError('NOT_YET_VALID', 'the token is not valid yet', { details: { claim: 'nbf' } });
}

const wrong: Record<string, string> = {
  aud: 'does not name this audience',
  iss: 'is not an issuer that is accepted',
};

/** `why` says what is wrong with the claim without its value. */
export function wrongClaim(claim: string, why = 'is not what is expected'): JwtError {
  return new JwtError('BAD_CLAIMS', `the claim '${claim}' of the token ${why}`, { details: { claim } });
}
