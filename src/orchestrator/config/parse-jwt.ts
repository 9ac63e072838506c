import { messageOf } from '../../foundation/index.js';
import { jwtSettings } from '../../jwt/index.js';
import { checkEntry } from './check-entry.js';
import { JwtEntry } from './config-entries.js';
import type { ConfigProblem } from './config-problem.js';
import { parseSecretReference } from './config-values.js';
import type { JwtConfig } from './orchestrator-config.js';

/** The section `jwt`, with every default filled in; undefined without one. */
export function parseJwt(section: unknown, problems: ConfigProblem[]): JwtConfig | undefined {
  const entry = section == null ? undefined : checkEntry(JwtEntry, section, ['jwt'], problems);
  if (!entry) return undefined;
  try {
    return { ...jwtSettings(definedOf(entry)), secret: parseSecretReference(entry.secret) };
  } catch (error) {
    problems.push({ path: ['jwt'], message: messageOf(error) });
    return undefined;
  }
}

/** A key without a value in YAML is null: as if it were not there. */
function definedOf({ algorithm, issuer, audience, expiresIn, clockTolerance, overlap }: JwtEntry) {
  return {
    algorithm: algorithm ?? undefined,
    issuer: issuer ?? undefined,
    audience: audience ?? undefined,
    expiresIn: expiresIn ?? undefined,
    clockTolerance: clockTolerance ?? undefined,
    overlap: overlap ?? undefined,
  };
}
