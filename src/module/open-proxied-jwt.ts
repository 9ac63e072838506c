import { IssuerJwt, type Jwt, ProxiedJwtIssuer } from '../jwt/index.js';
import type { OrchestratorSession } from './orchestrator-session.js';
import type { OpenedResource } from './world.js';

/** The `Jwt` whose key the orchestrator holds. Loaded by the first module that has one. */
export async function openProxiedJwt(session: OrchestratorSession, why: string): Promise<OpenedResource<Jwt>> {
  const connection = await session.openService('Jwt', 'default');
  const value = new IssuerJwt(new ProxiedJwtIssuer(connection));
  return { value, source: 'proxied', description: value.description, why, close: () => value.close() };
}
