import type { HeartbeatAckMessage, HeartbeatMessage, RoutedAnswerMessage } from '../messages.js';
import { nullable } from './compounds.js';
import { errorExtension, lenientCount } from './message-fields.js';
import { boolean, optionalJson, string } from './scalars.js';
import { type Structs, struct } from './struct.js';

/** Of our extensions: what only our own modules write. No plain peer reads or writes these ops in this direction. */
export const moduleExtensionStructs: Structs<HeartbeatMessage | RoutedAnswerMessage> = {
  heartbeat: struct({}, { seq: lenientCount }),
  routed_module_answer: struct(
    { request_id: string, success: boolean, result: optionalJson, error: nullable(string) },
    errorExtension,
  ),
};

/** The same for our own orchestrator. */
export const orchestratorExtensionStructs: Structs<HeartbeatAckMessage> = {
  heartbeat_ack: struct({}, { seq: lenientCount, lag_ms: lenientCount }),
};
