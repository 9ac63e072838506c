/** What the monitor needs of a session with a module. */
export interface HeartbeatPeer {
  heartbeat(): void;
  /** When the last heartbeat was acknowledged; undefined for a module that never did. */
  readonly lastAckAt: number | undefined;
}

export interface HeartbeatOptions {
  readonly intervalMs: number;
  /** How many heartbeats in a row may stay unanswered. */
  readonly missed: number;
  readonly onSilence: () => void;
}

/**
 * Sends heartbeats until `onSilence` was called or the returned function is. Silence means something only of a module
 * that has acknowledged a heartbeat before: plain modules never do. Counted in heartbeats, not in time, so that a
 * machine that slept does not look like a module that died.
 */
export function monitorHeartbeats(
  peer: HeartbeatPeer,
  { intervalMs, missed, onSilence }: HeartbeatOptions,
): () => void {
  let seenAckAt: number | undefined;
  let unanswered = 0;
  const timer = setInterval(() => {
    unanswered = peer.lastAckAt === undefined || peer.lastAckAt !== seenAckAt ? 0 : unanswered + 1;
    seenAckAt = peer.lastAckAt;
    if (unanswered < missed) return beat(peer);
    clearInterval(timer);
    onSilence();
  }, intervalMs);
  beat(peer);
  return () => clearInterval(timer);
}

function beat(peer: HeartbeatPeer): void {
  try {
    peer.heartbeat();
  } catch {
    // A channel that ended is reported where it ends; one whose queue is full is silence, which is counted.
  }
}
