import { type Logger, readIpPort } from '../../foundation/index.js';
import { type HttpServer, serveHttp } from '../../http/index.js';
import type { BootedModule } from '../booted-module.js';
import type { OrchestratorSession } from '../orchestrator-session.js';
import { PortNegotiator } from './port-negotiator.js';
import { wantedAddress } from './wanted-address.js';

/**
 * Serves a module under an orchestrator on a port of its own: the one PORT names, else the one of the init line, else
 * one that is negotiated. HOST, when set, wins over the init line. Resolves once it is bound; the caller closes it.
 */
export function serveOnOwnPort(
  module: BootedModule,
  session: OrchestratorSession,
  env: NodeJS.ProcessEnv,
  logger: Logger,
): Promise<HttpServer> {
  const wanted = wantedAddress({ ...env, ...session.init.env });
  // All else is the path of a socket, as the protocol has it.
  const given = readIpPort(session.init.listen);
  const host = wanted.host ?? given?.host ?? '127.0.0.1';
  const negotiator = new PortNegotiator({
    request: (specific, signal) => session.requestPort(specific, { signal }),
    isPlain: !session.extensions,
    logger,
  });
  return negotiator.listen((port) => serveHttp({ fetch: (request) => module.request(request), host, port, logger }), {
    specific: wanted.port === 0 ? undefined : wanted.port,
    allocated: given?.port,
  });
}
