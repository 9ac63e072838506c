import type { ErrorCode } from '../../foundation/index.js';

/** An error as the gateway answers it, in the form the modules' own errors have. */
export function errorAnswer(
  status: number,
  code: ErrorCode | 'NOT_FOUND' | 'METHOD_NOT_ALLOWED',
  error: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ error, code }, { status, headers });
}

/** `Retry-After` counts whole seconds. */
export function retryAfter(ms: number): Record<string, string> {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) };
}
