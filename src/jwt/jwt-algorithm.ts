/** How tokens are signed: with a shared key (HS), or with a private one that others verify by its public part. */
export const jwtAlgorithms = ['HS256', 'HS384', 'HS512', 'RS256', 'ES256', 'EdDSA'] as const;
export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

/** The fewest bytes of a shared key: as many as its hash has (RFC 7518, 3.2). */
export const sharedKeyBytes: Partial<Record<JwtAlgorithm, number>> = { HS256: 32, HS384: 48, HS512: 64 };
