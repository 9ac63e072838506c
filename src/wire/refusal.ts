import type { DiscoverMessage, OrchestratorMessage, RegisterMessage } from './messages.js';

/** The answer to what this orchestrator does not do yet: whoever asks shall not wait for it. */
export function refusalOf(message: RegisterMessage | DiscoverMessage): OrchestratorMessage {
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
  }
}

function requestIdOf({ request_id }: RegisterMessage | DiscoverMessage) {
  return request_id === undefined ? {} : { request_id };
}
