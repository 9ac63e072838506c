import { EventLoopLag } from '../foundation/index.js';
import type { HeartbeatSettings } from './heartbeat-settings.js';
import { type HeartbeatAnswer, type Liveness, nextLiveness } from './liveness.js';
import type { HeartbeatAckMessage, HeartbeatMessage } from './messages.js';

export interface HeartbeatsOptions {
  readonly send: (message: HeartbeatMessage) => void;
  /** Told of each answer at once, with the time it took. */
  readonly onAnswer?: (roundTripMs: number, lagMs: number | undefined) => void;
}

export interface HeartbeatWatch {
  readonly settings: HeartbeatSettings;
  /** Whether silence counts before the first answer: plain peers never answer, and are not dead. */
  readonly mustAnswer: boolean;
  /** Told when the kind of liveness changes. After `dead` no more heartbeats are sent. */
  readonly onChange: (liveness: Liveness, before: Liveness) => void;
}

interface Sent {
  readonly seq: number;
  readonly at: number;
  /** How long our loop had been held up in all when it was sent. */
  readonly heldUpMs: number;
}

/** So many times the heartbeats that may be missed go unanswered without counting, while our own loop is held up. */
const excusedFactor = 2;
/** A peer that never answers shall not be remembered for ever. */
const maxUnanswered = 1_000;

/** Sends heartbeats to one peer and works out of the answers whether it is alive, slow or dead. */
export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  readonly #unanswered: Sent[] = [];
  #sent = 0;
  #worst: HeartbeatAnswer | undefined;
  #hasAnswered = false;
  #heldUpMs = 0;
  /** Rounds without an answer in which our loop was held up, since the last answer. */
  #heldUpRounds = 0;
  #liveness: Liveness = { kind: 'alive' };
  #watch: HeartbeatWatch | undefined;
  #lag: EventLoopLag | undefined;
  #timer: NodeJS.Timeout | undefined;
  #roundAt = 0;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
  }

  /** undefined for a peer nobody watches, or that may never answer and has not yet. */
  get liveness(): Liveness | undefined {
    return this.#watch && this.#isJudged(this.#watch) ? this.#liveness : undefined;
  }

  /** Whether the peer has ever answered a heartbeat. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /**
   * Sends one heartbeat at once and one each interval, until `stop` or the peer is dead; may be called again then. Keeps
   * no process alive.
   */
  watch(watch: HeartbeatWatch): void {
    this.#watch = watch;
    this.#liveness = { kind: 'alive' };
    this.#lag = new EventLoopLag();
    this.#roundAt = performance.now();
    this.#timer = setInterval(() => this.#tick(watch), watch.settings.intervalMs);
    this.#timer.unref();
    this.beat();
  }

  beat(): void {
    this.#sent += 1;
    this.#unanswered.push({ seq: this.#sent, at: performance.now(), heldUpMs: this.#heldUpMs });
    if (this.#unanswered.length > maxUnanswered) this.#unanswered.shift();
    try {
      this.#options.send({ op: 'heartbeat', seq: this.#sent });
    } catch {
      // A channel that ended is reported where it ends; one whose queue is full is silence, which is counted.
    }
  }

  /** What answers none of ours counts for nothing. Plain peers echo no number: theirs is the oldest. */
  acknowledged({ seq, lag_ms: lagMs }: HeartbeatAckMessage): void {
    const at = seq === undefined ? 0 : this.#unanswered.findIndex((sent) => sent.seq === seq);
    const sent = at === -1 ? undefined : this.#unanswered[at];
    if (sent === undefined) return;
    this.#unanswered.splice(0, at + 1);
    this.#hasAnswered = true;
    const roundTripMs = performance.now() - sent.at;
    this.#options.onAnswer?.(roundTripMs, lagMs);
    const ownMs = roundTripMs - (this.#heldUpMs - sent.heldUpMs);
    this.#worst = worse(this.#worst, { roundTripMs: ownMs, ...(lagMs !== undefined && { lagMs }) });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#lag?.stop();
  }

  #tick(watch: HeartbeatWatch): void {
    const now = performance.now();
    const lateMs = Math.max(0, now - this.#roundAt - watch.settings.intervalMs);
    this.#roundAt = now;
    // An answer that came while we were held up has yet to be read: the loop does that before it comes to this.
    setImmediate(() => this.#endRound(watch, lateMs));
  }

  #endRound(watch: HeartbeatWatch, lateMs: number): void {
    if (this.#timer === undefined) return;
    const heldUpMs = Math.max(lateMs, this.#lag?.takeLongestMs() ?? 0);
    this.#heldUpMs += heldUpMs;
    const before = this.#liveness;
    this.#liveness = this.#judge(watch, heldUpMs);
    this.#worst = undefined;
    if (this.#liveness.kind === 'dead') this.stop();
    else this.beat();
    if (this.#liveness.kind !== before.kind) watch.onChange(this.#liveness, before);
  }

  #judge(watch: HeartbeatWatch, heldUpMs: number): Liveness {
    const { settings } = watch;
    const next = (event: Parameters<typeof nextLiveness>[1]) => nextLiveness(this.#liveness, event, settings);
    if (this.#worst) {
      this.#heldUpRounds = 0;
      const roundTripMs = Math.max(0, this.#worst.roundTripMs - heldUpMs);
      return next({ kind: 'answered', ...this.#worst, roundTripMs });
    }
    if (!this.#isJudged(watch)) return this.#liveness;
    const isHeldUp = heldUpMs > settings.intervalMs / 2;
    if (isHeldUp) this.#heldUpRounds += 1;
    // A loop that is always busy reads what came all the same, between two pieces of work.
    const excused = excusedFactor * settings.missed;
    return next({ kind: isHeldUp && this.#heldUpRounds <= excused ? 'held_up' : 'unanswered' });
  }

  #isJudged({ mustAnswer }: HeartbeatWatch): boolean {
    return mustAnswer || this.#hasAnswered;
  }
}

function worse(one: HeartbeatAnswer | undefined, other: HeartbeatAnswer): HeartbeatAnswer {
  if (one === undefined) return other;
  const lags = [one.lagMs, other.lagMs].filter((lagMs) => lagMs !== undefined);
  const roundTripMs = Math.max(one.roundTripMs, other.roundTripMs);
  return { roundTripMs, ...(lags.length > 0 && { lagMs: Math.max(...lags) }) };
}
