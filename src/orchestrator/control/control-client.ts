import { request } from 'node:http';
import { resolve } from 'node:path';
import {
  type ErrorCodeOf,
  type ErrorFamily,
  errorCodes,
  isJsonObject,
  type JsonObject,
  PyWattError,
} from '../../foundation/index.js';
import { OrchestratorError } from '../orchestrator-error.js';
import type { ControlActions } from './control-actions.js';
import { findControlSocket } from './control-socket.js';

/** Longer than a rotation may take in all its modules. */
const defaultTimeoutMs = 5 * 60_000;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Talks to the orchestrator that runs with this state directory. Each call opens a connection of its own, so there is
 * nothing to close. Rejects with NOT_RUNNING when no orchestrator answers, otherwise with the orchestrator's own error.
 */
export function connectControl(stateDirectory: string, options: { timeoutMs?: number } = {}): ControlActions {
  const directory = resolve(stateDirectory);
  const call = async <T>(method: string, path: string, body?: JsonObject): Promise<T> => {
    const reply = await send(directory, method, path, body, options.timeoutMs ?? defaultTimeoutMs);
    if (reply.status !== 200) throw toError(reply.body);
    return reply.body as T;
  };
  return {
    status: () => call('GET', '/status'),
    listSecrets: () => call('GET', '/secrets'),
    rotateSecret: (name, value) => call('POST', '/secrets/rotate', { name, value }),
  };
}

async function send(
  directory: string,
  method: string,
  path: string,
  body: JsonObject | undefined,
  timeoutMs: number,
): Promise<Reply> {
  const socketPath = await findControlSocket(directory);
  return new Promise<Reply>((resolve, reject) => {
    const outgoing = request(
      { socketPath, method, path, headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => reject(notRunning(directory, error)));
        response.on('end', () => {
          try {
            const answer: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
            resolve({ status: response.statusCode ?? 0, body: answer });
          } catch (error) {
            reject(notRunning(directory, error));
          }
        });
      },
    );
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on('error', (error) => reject(notRunning(directory, error)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function notRunning(stateDirectory: string, cause: unknown): OrchestratorError {
  return new OrchestratorError(
    'NOT_RUNNING',
    `no orchestrator answers for ${stateDirectory}: start it with 'pywatt run', or name its configuration with --config`,
    { cause, details: { stateDirectory } },
  );
}

/** The orchestrator's error again. */
function toError(body: unknown): PyWattError {
  const fields = isJsonObject(body) && isJsonObject(body['error']) ? body['error'] : {};
  const { family, code, message, retryable, details } = fields;
  const text = typeof message === 'string' ? message : 'the orchestrator gave no reason';
  const codes: readonly unknown[] =
    typeof family === 'string' && family in errorCodes ? errorCodes[family as ErrorFamily] : [];
  if (!codes.includes(code)) return new OrchestratorError('NOT_RUNNING', text);
  return new PyWattError(family as ErrorFamily, code as ErrorCodeOf<ErrorFamily>, text, {
    retryable: retryable === true,
    details: isJsonObject(details) ? details : {},
  });
}
