/** The messages of a rotation, by the protocol's names. */

export interface RotatedMessage {
  readonly op: 'rotated';
  readonly keys: readonly string[];
  readonly rotation_id: string;

  /**
   * `committed`, when the feature `stages` was agreed: the rotation is over, and the module acknowledges once nothing in
   * it uses the old value.
   */
  readonly reason?: 'rotation' | 'rollback' | 'committed';
  readonly deadline_ms?: number;
  readonly overlap_ms?: number;
}

export interface RotationAckMessage {
  readonly op: 'rotation_ack';
  readonly rotation_id: string;
  /**
   * `success`; anything else, usually `error`, says that it failed. When the feature `stages` was agreed, `received` comes
   * before either.
   */
  readonly status: string;
  readonly message?: string;
}
