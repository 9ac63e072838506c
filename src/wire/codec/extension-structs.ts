import type { HeartbeatAckMessage, HeartbeatMessage } from '../messages.js';
import { lenientCount } from './message-fields.js';
import { type Structs, struct } from './struct.js';

/** Of our extensions: what only our own modules write. No plain peer reads or writes these ops in this direction. */
export const moduleExtensionStructs: Structs<HeartbeatMessage> = { heartbeat: struct({}, { seq: lenientCount }) };

/** The same for our own orchestrator. */
export const orchestratorExtensionStructs: Structs<HeartbeatAckMessage> = {
  heartbeat_ack: struct({}, { seq: lenientCount, lag_ms: lenientCount }),
};
