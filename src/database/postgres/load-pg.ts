import type pgPackage from 'pg';
import { DatabaseError } from '../database-error.js';
import { loadDriver } from '../load-driver.js';

export type Pg = typeof pgPackage;

/**
 * pg with its client in JavaScript. Throws CONFIGURATION when the package is missing, and where the environment forces
 * its other client, over libpq, which has neither sockets of ours nor cursors.
 */
export async function loadPg(name: string): Promise<Pg> {
  const pg = await loadDriver<Pg>(() => import('pg'), 'pg', name);
  if ('connection' in new pg.Client()) return pg;
  const message = `database '${name}' needs the JavaScript client of pg, and NODE_PG_FORCE_NATIVE replaces it by pg-native: unset that variable (pg-native may stay installed)`;
  throw new DatabaseError('CONFIGURATION', message);
}
