import type { DiscoverMessage, OrchestratorMessage, RegisterMessage, RouteMessage } from './messages.js';

/** The answer to what this orchestrator does not do yet: whoever asks shall not wait for it. */
export function refusalOf(message: RegisterMessage | DiscoverMessage | RouteMessage): OrchestratorMessage {
  switch (message.op) {
    case 'register_service_provider':
      return {
        op: 'register_service_provider_response',
        success: false,
        provider_id: null,
        error: 'this orchestrator keeps no registry of service providers',
        ...requestIdOf(message),
      };
    case 'discover_service_providers':
      return {
        op: 'discover_service_providers_response',
        success: false,
        providers: [],
        error: 'this orchestrator keeps no registry of service providers',
        ...requestIdOf(message),
      };
    case 'route_to_module':
      return {
        op: 'routed_module_response',
        source_module_id: message.target_module_id,
        request_id: message.request_id,
        // Plain peers read no error beside it and fail on the empty payload, which still is an answer.
        payload: { data: new Uint8Array(), format: 'Json' },
        success: false,
        error: 'this orchestrator does not route messages between modules',
        error_code: 'TARGET_NOT_FOUND',
      };
  }
}

function requestIdOf({ request_id }: RegisterMessage | DiscoverMessage) {
  return request_id === undefined ? {} : { request_id };
}
