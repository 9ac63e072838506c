import type { WireMessage } from './messages.js';

/** What control messages may take beyond the bound of a queue, in bytes: a sixteenth of it, at least 64 KiB. */
export function controlRoomBytes(maxQueuedBytes: number): number {
  return Math.max(64 * 1024, Math.floor(maxQueuedBytes / 16));
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
      return !message.success;
    case 'http_response':
      return message.status_code >= 500;
    default:
      return false;
  }
}
