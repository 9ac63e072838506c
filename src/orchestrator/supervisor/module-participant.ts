import { longestTimerMs, PyWattError } from '../../foundation/index.js';
import type { RotationParticipant } from '../../secrets/index.js';
import type { ModulePeer } from '../../wire/index.js';

type RotatingPeer = Pick<ModulePeer, 'announced' | 'extensions' | 'rotate' | 'tellsStages'>;

/**
 * One launch of a module as the rotation of a secret sees it. Plain peers read under the id of their launch. A launch
 * that ends before it has announced itself has no say: it serves nobody, and the next one reads the value then in force.
 * Otherwise a module that keeps failing to start could keep a leaked secret from being rotated.
 */
export function moduleParticipant(moduleId: string, launchId: string, peer: RotatingPeer): RotationParticipant {
  let hasAnnounced = false;
  peer.announced.then(
    () => (hasAnnounced = true),
    () => undefined,
  );
  return {
    moduleId,
    ...(!peer.extensions && { plainReader: launchId }),
    rotate: async ({ keys, rotationId, reason, deadlineMs, overlapMs }, received) => {
      try {
        await peer.rotate(
          { keys, rotation_id: rotationId, reason, deadline_ms: deadlineMs, overlap_ms: overlapMs },
          deadlineMs + answerGraceMs,
          received,
        );
      } catch (error) {
        const isGone = PyWattError.is(error) && error.code === 'CHANNEL_CLOSED';
        if (hasAnnounced || !isGone) throw error;
        return 'gone';
      }
      return undefined;
    },
    settle: async ({ keys, rotationId, overlapMs }) => {
      if (!peer.tellsStages) return false;
      const timeoutMs = Math.min(overlapMs + answerGraceMs, longestTimerMs);
      await peer.rotate({ keys, rotation_id: rotationId, reason: 'committed' }, timeoutMs);
      return true;
    },
  };
}

/** The coordinator decides what is late; this only bounds how long the wire waits for it. */
const answerGraceMs = 1_000;
