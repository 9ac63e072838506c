import type { JsonObject } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';

export interface LoginFailureOptions {
  /** Whether waiting does not cure it: something in the configuration is wrong. */
  readonly isSettled: boolean;
  readonly details: JsonObject;
  readonly cause: unknown;
  /** For modules; by default which part of the address is wrong. */
  readonly told?: string;
  /** What the server said beside `told`, as its driver names it. */
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * The orchestrator could not log in: CONFIGURATION or CONNECTION. The message may name host and user and is for its log;
 * `told` is for modules and says which part of the address is wrong, but not what stands there.
 */
export class LoginFailure extends DatabaseError {
  readonly told: string;
  readonly fields: Readonly<Record<string, string>>;

  constructor(message: string, { isSettled, details, cause, told, fields = {} }: LoginFailureOptions) {
    super(isSettled ? 'CONFIGURATION' : 'CONNECTION', message, { retryable: !isSettled, details, cause });
    this.fields = fields;
    const { driverCode } = details;
    const code = typeof driverCode === 'string' ? driverCode : '';
    this.told =
      told ??
      `the orchestrator could not connect: ${wrongPart(code, message)}${code && ` (${code})`}; its log says why`;
  }
}

function wrongPart(code: string, message: string): string {
  const [what] = wrongParts.find(([, codes]) => codes.test(code)) ?? [];
  if (what !== undefined) return what;
  if (/certificate/i.test(message)) return 'its certificate is not accepted';
  return /\b(?:SSL|TLS)\b/.test(message) ? 'it speaks no TLS' : 'the login failed';
}

const wrongParts: readonly (readonly [what: string, codes: RegExp])[] = [
  ['user or password is wrong', /^(?:28...|ER_ACCESS_DENIED.*)$/],
  ['there is no such database, or none for that user', /^(?:3D000|ER_BAD_DB_ERROR|ER_DBACCESS_DENIED_ERROR)$/],
  ['the host is not known', /^(?:ENOTFOUND|EAI_AGAIN)$/],
  ['nothing answers at the host and port', /^(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT)$/],
];
