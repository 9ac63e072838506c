import type { OrchestratorMessage } from './messages.js';
import type { ServiceType } from './service.js';

/**
 * What Python modules look for, to stand beside the fields of the protocol, which they ignore: the fields once more
 * under the name of the op (DEFECTS P3), bodies as text (P5), results as objects and names of services as text (P12),
 * their shape of the TCP channel.
 */
export function pythonForm(message: OrchestratorMessage): Record<string, unknown> {
  switch (message.op) {
    case 'shutdown':
    case 'heartbeat':
    case 'cancel':
    case 'stream_data':
    case 'stream_credit':
    case 'stream_end':
    case 'stream_abort':
    case 'heartbeat_ack':
      return {};
    case 'init':
      return { debug_mode: false, log_level: 'info', ...tcpChannel(message.tcp_channel) };
    case 'http_request': {
      const { op, body, ...fields } = message;
      return { [op]: { ...fields, body: body === null ? null : Buffer.from(body).toString('utf8') } };
    }
    case 'port_response': {
      const { op, ...fields } = message;
      return { allocated_port: message.port, [op]: fields };
    }
    case 'service_operation_result': {
      const { op, success, error, result } = message;
      const isObject = typeof result === 'object' && result !== null && !Array.isArray(result);
      return { [op]: { success, error, result: isObject || result === null ? result : { value: result } } };
    }
    case 'routed_module_message': {
      const { op, source_module_id, original_request_id } = message;
      return { [op]: { source_module_id, original_request_id } };
    }
    case 'routed_module_response':
      return {};
    case 'secret':
    case 'rotated':
    case 'register_service_provider_response': {
      const { op, ...fields } = message;
      return { [op]: fields };
    }
    case 'service_response': {
      const { op, ...fields } = message;
      return { [op]: { ...fields, service_type: serviceName(message.service_type) } };
    }
    case 'discover_service_providers_response': {
      const { op, ...fields } = message;
      const providers = message.providers.map((provider) => ({
        ...provider,
        service_type: serviceName(provider.service_type),
      }));
      return { [op]: { ...fields, providers } };
    }
  }
}

function serviceName(type: ServiceType): string {
  return typeof type === 'string' ? type : `Custom(${type.Custom})`;
}

function tcpChannel(channel: Extract<OrchestratorMessage, { op: 'init' }>['tcp_channel']) {
  if (channel === undefined) return {};
  const [, host, port] = /^(.*):(\d+)$/.exec(channel.address) ?? [];
  return { tcp_channel: { ...channel, host: host?.replaceAll(/[[\]]/g, ''), port: Number(port) } };
}
