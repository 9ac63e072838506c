import { WireError } from '../foundation/index.js';
import { CallTable } from './call-table.js';
import type { Agreement } from './extensions.js';
import type { OrchestratorMessage, RotatedMessage, RotationAckMessage } from './messages.js';
import { watched, type WireObserver } from './wire-observer.js';

export interface PeerRotationsOptions {
  readonly moduleId: string;
  readonly send: (message: OrchestratorMessage) => void;
  readonly agreement: () => Agreement;
  readonly observer: WireObserver | undefined;
}

/** The rotations one module was told of, until it has acknowledged them. */
export class PeerRotations {
  readonly #waiting = new CallTable<RotationAckMessage>();
  readonly #received = new Map<string, () => void>();

  constructor(private readonly options: PeerRotationsOptions) {}

  /** Resolves when the module has acknowledged; rejects with its reason or CALL_TIMEOUT. */
  async publish(rotation: Omit<RotatedMessage, 'op'>, timeoutMs: number, received?: () => void): Promise<void> {
    const { moduleId, send, observer } = this.options;
    const { rotation_id: id } = rotation;
    if (received) this.#received.set(id, received);
    const what = `rotation in module '${moduleId}'`;
    const acknowledged = this.#waiting.start(id, what, { timeoutMs }, () => send({ op: 'rotated', ...rotation }));
    try {
      const end = observer?.called('rotation', 'rotated');
      const ack = await watched(acknowledged, end, ({ status }) => status === 'success');
      if (ack.status !== 'success') throw new WireError('PEER_REFUSED', ack.message ?? 'the module gave no reason');
    } finally {
      this.#received.delete(id);
    }
  }

  /** False when nobody waits for it. */
  accept(message: RotationAckMessage): boolean {
    const { rotation_id: id, status } = message;
    if (status !== 'received' || !this.options.agreement().has('stages')) return this.#waiting.resolve(id, message);
    this.#received.get(id)?.();
    return true;
  }

  failAll(error: Error): void {
    this.#waiting.failAll(error);
  }
}
