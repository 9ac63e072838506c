import { WireError } from '../foundation/index.js';
import { type ModuleSecrets, receivedRotation, type RotationNotice } from '../secrets/index.js';
import { type ChannelEnd, describeEnd, type RotatedMessage } from '../wire/index.js';
import type { ServiceDispatcher } from '../services/index.js';
import type { BootedModule } from './booted-module.js';
import type { OrchestratorSession } from './orchestrator-session.js';
import { serveRequest, type ServeRequestOptions } from './serve-request.js';

/** EX_TEMPFAIL: not 0, so that an orchestrator that was only asleep starts the module again. */
const abandonedExitCode = 75;

/** When a plain orchestrator names no deadline. */
const defaultRotationMs = 30_000;

/** Serves what the orchestrator asks of a booted module: requests, rotations, the stop. */
export function serveSession(
  session: OrchestratorSession,
  module: BootedModule,
  secrets: ModuleSecrets,
  onStopAsked: (reason: string, exitCode?: number) => void,
  { gate, logger, served }: Pick<ServeRequestOptions, 'gate' | 'logger'> & { readonly served: ServiceDispatcher },
): void {
  const serves = served.operations;
  session.serve({
    ...(serves && { serves }),
    http: (message, signal) => serveRequest(message, signal, { module, gate, logger, streams: session.streams }),
    rotated: (message) =>
      message.reason === 'committed'
        ? secrets.settle(message.rotation_id)
        : secrets.rotate(receivedRotation(noticeOf(message, message.reason))),
    routed: ({ source_module_id: moduleId, target_endpoint: endpoint = '', params = null }, call) =>
      (gate.isDraining ? undefined : gate.admit(() => served.call({ moduleId, endpoint, params }, call))) ??
      Promise.reject(stopping()),
    shutdown: (message) => onStopAsked(message.reason ?? 'the orchestrator asked for it'),
    ended: (end) => onStopAsked(`the orchestrator is gone (${describeEnd(end)})`, exitCodeAfter(end, session)),
    reattached: () => secrets.refresh(),
    silent: (missed) => onStopAsked(`the orchestrator left ${missed} heartbeats unanswered`, abandonedExitCode),
  });
}

/** As a call that came after the module had gone. */
function stopping(): WireError {
  return new WireError('CHANNEL_CLOSED', 'the module is stopping', { retryable: true, details: { sent: false } });
}

/** One that waited in vain for a new orchestrator has not been asked to end. */
function exitCodeAfter(end: ChannelEnd, { init }: OrchestratorSession): number {
  return init.link?.reattach && end.reason === 'failed' ? abandonedExitCode : 0;
}

/** A plain orchestrator names neither a reason nor a deadline. */
function noticeOf(
  { rotation_id, keys, deadline_ms, overlap_ms }: RotatedMessage,
  reason: RotationNotice['reason'] = 'rotation',
): RotationNotice {
  const deadlineMs = deadline_ms ?? defaultRotationMs;
  return {
    rotationId: rotation_id,
    keys,
    reason,
    deadlineMs,
    overlapMs: overlap_ms ?? deadlineMs,
  };
}
