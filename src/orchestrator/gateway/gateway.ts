import {
  didYouMean,
  type JsonValue,
  type Logger,
  messageOf,
  PyWattError,
  type Redactor,
} from '../../foundation/index.js';
import { type HttpClient, HttpError, type HttpServer, serveHttp } from '../../http/index.js';
import { redactAnswer, redactedJson, type SecretFinder } from '../../logging/index.js';
import type { GatewayConfig } from '../config/orchestrator-config.js';
import { shownHealth } from '../../secrets/index.js';
import type { OrchestratorStatus } from '../orchestrator-status.js';
import type { SupervisedModule } from '../supervisor/supervised-module.js';
import { forwardRequest } from './forward-request.js';
import { errorAnswer } from './gateway-answers.js';

export interface GatewayOptions {
  readonly config: GatewayConfig;
  /** Asked for each request, so modules may come later than the gateway. */
  readonly module: (id: string) => SupervisedModule | undefined;
  readonly status: () => OrchestratorStatus;
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
  readonly logger: Logger;
  readonly redactor: Redactor & SecretFinder;
}

/** Listens on `gateway.listen`. Throws `HttpError` LISTEN_FAILED. The caller closes it. */
export async function startGateway(options: GatewayOptions): Promise<HttpServer> {
  const { host, port } = options.config.listen;
  try {
    return await serveHttp({
      fetch: async (request, client) => redactAnswer(await answerRequest(request, client, options), options.redactor),
      host,
      port,
      logger: options.logger,
    });
  } catch (error) {
    const errno = PyWattError.is(error) ? error.details['errno'] : undefined;
    const reason = typeof errno === 'string' && errno !== '' ? errno : messageOf(error);
    const cure = 'stop what listens there, or set gateway.listen to another address (port 0 takes any that is free)';
    throw new HttpError('LISTEN_FAILED', `the gateway cannot listen on ${host}:${port} (${reason}): ${cure}`, {
      cause: error,
      details: { host, port },
    });
  }
}

/** `/<module>/<path>` goes to the module, `/_pywatt/…` is answered here. */
export async function answerRequest(
  request: Request,
  client: HttpClient,
  options: Omit<GatewayOptions, 'config'> & { config: Omit<GatewayConfig, 'listen'> },
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const [, first = '', rest = '/'] = /^\/([^/]*)(\/.*)?$/.exec(pathname) ?? [];
  if (first === '_pywatt') return answerOwn(request, rest, options);
  const module = options.module(first);
  const { config: limits, logger } = options;
  if (module) return forwardRequest(request, module, `${rest}${search}`, { limits, logger, client });
  const ids = options.status().modules.map(({ id }) => id);
  return errorAnswer(
    404,
    'NOT_FOUND',
    `there is no module '${first}'${didYouMean(first, ids) || `: the modules are ${ids.join(', ')}`}`,
  );
}

const ownPaths = ['/health', '/metrics', '/modules'];
const prometheusText = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

async function answerOwn(
  request: Request,
  path: string,
  options: Pick<GatewayOptions, 'status' | 'metrics' | 'redactor'>,
): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return errorAnswer(405, 'METHOD_NOT_ALLOWED', `/_pywatt${path} is read with GET`, { allow: 'GET, HEAD' });
  }
  const { redactor } = options;
  const status = options.status();
  // Of JSON, though their types do not say so; none of their own keys stands for a credential.
  const shown = (facts: object) =>
    redactedJson(facts as JsonValue, { redact: (text) => redactor.redact(text), hidesKey: () => false });
  switch (path) {
    case '/health':
      return Response.json(shown(healthOf(status)), { status: status.status === 'stopping' ? 503 : 200 });
    case '/modules':
      return Response.json(shown({ modules: status.modules }));
    case '/metrics':
      return new Response(redactor.redact(await options.metrics()), { headers: prometheusText });
    default:
      return errorAnswer(404, 'NOT_FOUND', `there is no /_pywatt${path}${didYouMean(path, ownPaths)}`);
  }
}

/** One module that is down, or one watch, does not make the whole orchestrator unhealthy: 200 with `degraded`. */
function healthOf({ status, startedAt, modules, secrets, build }: OrchestratorStatus): object {
  return {
    status,
    startedAt,
    modules: Object.fromEntries(modules.map(({ id, state }) => [id, state])),
    ...(secrets && { secrets: shownHealth(secrets) }),
    build,
  };
}
