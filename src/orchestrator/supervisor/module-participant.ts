import type { RotationParticipant } from '../../secrets/index.js';
import type { ModulePeer } from '../../wire/index.js';

/** One launch of a module as the rotation of a secret sees it. Plain peers read under the id of their launch. */
export function moduleParticipant(moduleId: string, launchId: string, peer: ModulePeer): RotationParticipant {
  return {
    moduleId,
    ...(!peer.extensions && { plainReader: launchId }),
    rotate: ({ keys, rotationId, reason, deadlineMs, overlapMs }) =>
      peer.rotate(
        { keys, rotation_id: rotationId, reason, deadline_ms: deadlineMs, overlap_ms: overlapMs },
        deadlineMs + answerGraceMs,
      ),
  };
}

/** The coordinator decides what is late; this only bounds how long the wire waits for it. */
const answerGraceMs = 1_000;
