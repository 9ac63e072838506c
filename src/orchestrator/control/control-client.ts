import { type IncomingMessage, request } from 'node:http';
import { userInfo } from 'node:os';
import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';
import { resolve } from 'node:path';
import {
  type ErrorCodeOf,
  type ErrorFamily,
  errorCodes,
  isJsonObject,
  type JsonObject,
  PyWattError,
} from '../../foundation/index.js';
import type { RotateOptions, RotationActor, RotationReport } from '../../secrets/index.js';
import { OrchestratorError } from '../orchestrator-error.js';
import type { ControlActions } from './control-actions.js';
import type { TraceEvent } from '../trace/trace-event.js';
import { findControlSocket } from './control-socket.js';
import { readEvents } from './read-events.js';

/** Longer than a rotation may take in all its modules. */
const defaultTimeoutMs = 5 * 60_000;
const connectTimeoutMs = 10_000;

/**
 * Talks to the orchestrator that runs with this state directory. Each call opens a connection of its own, so there is
 * nothing to close. Rejects with NOT_RUNNING when no orchestrator answers, otherwise with the orchestrator's own error.
 */
export function connectControl(stateDirectory: string, options: { timeoutMs?: number } = {}): ControlActions {
  const directory = resolve(stateDirectory);
  const call = async <T>(method: string, path: string, body?: JsonObject): Promise<T> => {
    const response = await send(directory, { method, path, timeoutMs: options.timeoutMs ?? defaultTimeoutMs }, body);
    const answer = await json(response).catch((error: unknown) => Promise.reject(notRunning(directory, error)));
    if (response.statusCode !== 200) throw toError(answer);
    return answer as T;
  };
  return {
    status: () => call('GET', '/status'),
    listSecrets: () => call('GET', '/secrets'),
    rotateSecret: (name, value, options) =>
      call('POST', '/secrets/rotate', { values: { [name]: value }, ...sent(options) }),
    rotateSecrets: (values, options) => call('POST', '/secrets/rotate', { values, ...sent(options) }),
    adoptSecrets: async (names, options) => {
      const { report } = await call<{ report?: RotationReport }>('POST', '/secrets/adopt', { names, ...sent(options) });
      return report;
    },
    recordSet: async (name, by = whoAsks()) => {
      const { unrecorded } = await call<{ unrecorded?: string }>('POST', '/secrets/record', { name, ...sent({ by }) });
      return unrecorded;
    },
    trace: async function* trace(moduleId, signal): AsyncGenerator<TraceEvent, void> {
      const path = `/trace?module=${encodeURIComponent(moduleId)}`;
      if (signal.aborted) return;
      const response = await send(directory, { method: 'GET', path, signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (response === undefined) return;
      if (response.statusCode !== 200) throw toError(await json(response));
      yield* readEvents<TraceEvent>(response);
    },
  };
}

/** A socket on which the orchestrator speaks the wire, as with a module that was granted only the databases of `moduleId`. */
export async function connectTool(stateDirectory: string, moduleId: string): Promise<Duplex> {
  const directory = resolve(stateDirectory);
  const socketPath = await findControlSocket(directory);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath,
      path: `/tool?module=${encodeURIComponent(moduleId)}`,
      headers: { connection: 'upgrade', upgrade: 'pywatt' },
    });
    outgoing.setTimeout(connectTimeoutMs, () => outgoing.destroy(new Error(`no answer within ${connectTimeoutMs} ms`)));
    outgoing.on('upgrade', (_response, socket, head) => {
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    outgoing.on('response', (response) => {
      json(response).then(
        (answer) => reject(toError(answer)),
        (error: unknown) => reject(notRunning(directory, error)),
      );
    });
    outgoing.on('error', (error) => reject(notRunning(directory, error)));
    outgoing.end();
  });
}

/** With who asks, as the audit log shall name them. */
function sent({ deadline, overlap, by = whoAsks() }: RotateOptions = {}): JsonObject {
  const durations = { ...(deadline !== undefined && { deadline }), ...(overlap !== undefined && { overlap }) };
  return { ...durations, by } as unknown as JsonObject;
}

/** This process, as the audit log names it. */
export function whoAsks(): RotationActor {
  const uid = process.getuid?.();
  return { kind: 'cli', user: userName() ?? 'unknown', ...(uid !== undefined && { uid }) };
}

/** A user id need not have a name. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Resolves with the answer as soon as it begins. */
async function send(directory: string, call: Call, body?: JsonObject): Promise<IncomingMessage> {
  const { timeoutMs, ...options } = call;
  const socketPath = await findControlSocket(directory);
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, ...options, headers: { 'content-type': 'application/json' } }, resolve);
    if (timeoutMs !== undefined)
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on('error', (error) => reject(notRunning(directory, error)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function notRunning(stateDirectory: string, cause: unknown): OrchestratorError {
  const isLost = (cause as NodeJS.ErrnoException).code === 'ECONNRESET';
  const message = isLost
    ? `the orchestrator for ${stateDirectory} ended before it answered: the next one finishes what it had begun, and 'pywatt secrets history NAME' then says what became of a secret`
    : `no orchestrator answers for ${stateDirectory}: start it with 'pywatt run', or name its configuration with --config`;
  return new OrchestratorError('NOT_RUNNING', message, { cause, details: { stateDirectory } });
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
