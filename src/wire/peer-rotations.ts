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

/** Notices that a module has not answered are remembered for so many rotations. */
const mostUnanswered = 1_024;

/**
 * The notices of rotations that one module was sent, until it has acknowledged them. Those of one rotation carry the same
 * id and are answered in their order: a late answer to the first must not pass for one to the rollback.
 */
export class PeerRotations {
  readonly #waiting = new CallTable<RotationAckMessage>();
  /** The calls that each rotation still owes an answer, given up or not. */
  readonly #unanswered = new Map<string, string[]>();
  readonly #received = new Map<string, () => void>();
  #lastNotice = 0;

  constructor(private readonly options: PeerRotationsOptions) {}

  /** Resolves when the module has acknowledged; rejects with its reason or CALL_TIMEOUT. */
  async publish(rotation: Omit<RotatedMessage, 'op'>, timeoutMs: number, received?: () => void): Promise<void> {
    const { moduleId, send, observer } = this.options;
    const { rotation_id: id } = rotation;
    if (received) this.#received.set(id, received);
    const what = `rotation in module '${moduleId}'`;
    const key = String((this.#lastNotice += 1));
    const acknowledged = this.#waiting.start(key, what, { timeoutMs }, () => {
      this.#expect(id, key);
      try {
        send({ op: 'rotated', ...rotation });
      } catch (error) {
        this.#unanswered.get(id)?.pop();
        throw error;
      }
    });
    try {
      const end = observer?.called('rotation', 'rotated');
      const ack = await watched(acknowledged, end, ({ status }) => status === 'success');
      if (ack.status !== 'success') throw new WireError('PEER_REFUSED', ack.message ?? 'the module gave no reason');
    } finally {
      if (received && this.#received.get(id) === received) this.#received.delete(id);
    }
  }

  /** False when nobody waits for it. */
  accept(message: RotationAckMessage): boolean {
    const { rotation_id: id, status } = message;
    if (status === 'received' && this.options.agreement().has('stages')) {
      this.#received.get(id)?.();
      return true;
    }
    const keys = this.#unanswered.get(id);
    const key = keys?.shift();
    if (keys?.length === 0) this.#unanswered.delete(id);
    return key !== undefined && this.#waiting.resolve(key, message);
  }

  failAll(error: Error): void {
    this.#waiting.failAll(error);
    this.#unanswered.clear();
  }

  #expect(id: string, key: string): void {
    const keys = this.#unanswered.get(id) ?? [];
    keys.push(key);
    this.#unanswered.set(id, keys);
    const [oldest] = this.#unanswered.keys();
    if (this.#unanswered.size > mostUnanswered && oldest !== undefined) this.#unanswered.delete(oldest);
  }
}
