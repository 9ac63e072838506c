import { IssuerJwt, type Jwt, JwtError, type JwtOptions, jwtSettings, KeyRing, KeyRingIssuer } from '../jwt/index.js';
import type { SecretSource } from '../secrets/index.js';
import type { OpenedResource } from './world.js';

/** How the tokens of a module by itself are made and checked, and the secret with their key. */
export function directJwtOptions(env: NodeJS.ProcessEnv): JwtOptions & { readonly secret: string } {
  return {
    algorithm: env['PYWATT_JWT_ALGORITHM'] || undefined,
    secret: env['PYWATT_JWT_SECRET_NAME'] || 'JWT_KEY',
    issuer: env['PYWATT_JWT_ISSUER'] || undefined,
    audience: env['PYWATT_JWT_AUDIENCE']?.split(',').flatMap((each) => each.trim() || []),
    expiresIn: env['PYWATT_JWT_EXPIRES_IN'] || undefined,
    clockTolerance: env['PYWATT_JWT_CLOCK_TOLERANCE'] || undefined,
    overlap: env['PYWATT_JWT_OVERLAP'] || undefined,
  };
}

/** The `Jwt` of a module that holds the key itself, and the ring that follows its secret. Rejects with JwtError CONFIGURATION or KEY. */
export async function openDirectJwt(
  env: NodeJS.ProcessEnv,
  secrets: SecretSource,
): Promise<OpenedResource<Jwt> & { readonly ring: KeyRing }> {
  const { secret, ...options } = directJwtOptions(env);
  const settings = jwtSettings(options);
  const load = async () => {
    const found = await secrets.get(secret);
    if (found) return found.value;
    const places = secrets.placesOf(secret).join(' or ');
    const cure = `set it (looked for ${places}), or name another in PYWATT_JWT_SECRET_NAME`;
    throw new JwtError('CONFIGURATION', `the key of tokens, secret '${secret}', was not found: ${cure}`);
  };
  const ring = new KeyRing({ algorithm: settings.algorithm, overlapMs: settings.overlapMs, secret, load });
  await ring.ready();
  const value = new IssuerJwt(new KeyRingIssuer({ settings, ring }));
  const why = env['PYWATT_JWT_ALGORITHM'] ? 'PYWATT_JWT_ALGORITHM' : 'PYWATT_JWT_ALGORITHM is not set: the default';
  return { value, source: 'direct', description: value.description, why, ring, close: () => value.close() };
}
