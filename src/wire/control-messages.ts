import type { WireMessage } from './messages.js';

/** What may wait in a queue, in bytes: for a control message a sixteenth more than for others, at least 64 KiB. */
export function queueBoundBytes(maxQueuedBytes: number, isControl: boolean): number {
  return isControl ? maxQueuedBytes + Math.max(64 * 1024, Math.floor(maxQueuedBytes / 16)) : maxQueuedBytes;
}

/**
 * Whether a message is a brief one that has to reach also a peer for which too much waits: it keeps the session going,
 * gives something up, hands over what was opened, or says of a call that it failed, so that nobody waits in vain for an
 * answer that had no room.
 */
export function isControlMessage(message: WireMessage): boolean {
  switch (message.op) {
    case 'shutdown':
    case 'heartbeat':
    case 'heartbeat_ack':
    case 'cancel':
    case 'rotated':
    case 'rotation_ack':
    case 'stream_credit':
    case 'stream_end':
    case 'stream_abort':
    case 'service_response':
    case 'port_response':
      return true;
    case 'secret':
      return message.found === false;
    case 'service_operation_result':
    case 'routed_module_answer':
      return !message.success;
    case 'routed_module_response':
      return message.success === false;
    case 'http_response':
      return message.status_code >= 500;
    default:
      return false;
  }
}
