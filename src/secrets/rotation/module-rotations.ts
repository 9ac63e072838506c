import {
  type CredentialUser,
  type Logger,
  longestTimerMs,
  messageOf,
  type Redactor,
  withDeadline,
} from '../../foundation/index.js';
import type { HeldSecret, ParsedSecret } from '../held-secret.js';
import { SecretError } from '../secret-error.js';
import type { SecretSource, SourcedSecret } from '../secret-source.js';
import { type CredentialChange, CredentialSwap } from './credential-swap.js';
import { KeyedQueue } from './keyed-queue.js';
import type { HookCall, RotationHooks, RotationTerms } from './rotation-hooks.js';
import { loggedCredentials } from './rotation-report.js';

/** A rotation as it reaches a module. */
export interface RotationRequest extends RotationTerms {
  readonly names: readonly string[];
}

export interface ModuleRotationsOptions {
  readonly source: SecretSource;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** What in this process logs in with a secret. Default: nothing. */
  readonly credentialUsers?: ((secret: string) => readonly CredentialUser[]) | undefined;
}

/** One secret in one rotation. */
interface Change {
  readonly rotationId: string;
  readonly held: HeldSecret;
  readonly previous: ParsedSecret;
  readonly next: ParsedSecret;
}

/** A rotation that was switched to and is not settled. */
interface Switched {
  readonly swap: CredentialSwap;
  readonly changes: readonly Change[];
  /** Settles it when nobody does. */
  readonly timer: NodeJS.Timeout;
}

/** The rotations of one module's secrets: hooks, live handles and connections go together, secret by secret in turn. */
export class ModuleRotations {
  readonly #queue = new KeyedQueue((name) => `secret '${name}' in this module`);
  readonly #lastChange = new Map<string, Change>();
  readonly #switched = new Map<string, Switched>();

  constructor(
    private readonly held: ReadonlyMap<string, HeldSecret>,
    private readonly hooks: RotationHooks,
    private readonly options: ModuleRotationsOptions,
  ) {}

  /** Runs work during which none of these secrets rotates. */
  hold<T>(names: Iterable<string>, work: () => Promise<T>): Promise<T> {
    return this.#queue.run(names, work);
  }

  /** See `ModuleSecrets.rotate`. */
  rotate(request: RotationRequest): Promise<void> {
    return this.#queue.run(request.names, () =>
      request.reason === 'rollback' ? this.#rollBack(request) : this.#rotate(request),
    );
  }

  /** See `ModuleSecrets.settle`. */
  async settle(rotationId: string): Promise<void> {
    const switched = this.#switched.get(rotationId);
    if (!switched) return;
    this.#switched.delete(rotationId);
    clearTimeout(switched.timer);
    await switched.swap.retire();
    for (const { held, previous } of switched.changes) {
      if (this.#lastChange.get(held.name)?.rotationId === rotationId) this.#lastChange.delete(held.name);
      this.#retire(previous, held);
    }
    const failed = switched.swap.report.filter(({ message }) => message !== undefined);
    if (failed.length > 0)
      this.options.logger.warn('connections with a retired secret could not be closed', { rotationId, failed });
  }

  /** Ends the waiting for rotations that nobody settled. */
  close(): void {
    for (const { timer } of this.#switched.values()) clearTimeout(timer);
    this.#switched.clear();
  }

  async #rotate(request: RotationRequest): Promise<void> {
    const { names, rotationId, overlapUntil } = request;
    const allowedMs = Math.max(1_000, request.deadline.getTime() - Date.now());
    const changes = await this.#proposed(request);
    const swap = new CredentialSwap(this.options.redactor);
    const done: (readonly [HookCall, Change])[] = [];
    try {
      await swap.prepare(await this.#logins(changes, request), msUntil(request.deadline));
      for (const change of changes) {
        for (const call of this.hooks.callsFor(change.held.name)) {
          await this.hooks.run(call, change.next, change.previous, request, () =>
            this.#undoLate(call, change, request, allowedMs),
          );
          done.push([call, change]);
        }
      }
      swap.activate();
    } catch (error) {
      void swap.abandon();
      for (const [call, change] of done.reverse()) await this.#undo(call, change, request, allowedMs);
      for (const change of changes) this.#retire(change.next, change.held);
      this.options.logger.warn('secret rotation rejected', { names, rotationId, error });
      throw error;
    }
    for (const change of changes) {
      change.held.switchTo(change.next);
      this.#lastChange.set(change.held.name, change);
      // An earlier rotation may have retired it meanwhile, which this one has brought back.
      this.#hide(change.held, change.next.text);
    }
    // An orchestrator that does not tell of the commit leaves it to the clock.
    const timer = setTimeout(() => void this.settle(rotationId), Math.min(longestTimerMs, msUntil(overlapUntil)));
    timer.unref();
    if (changes.length > 0 || !swap.isEmpty) this.#switched.set(rotationId, { swap, changes, timer });
    else clearTimeout(timer);
    this.options.logger.info('secrets rotated', {
      names,
      rotationId,
      hooks: done.length,
      ...(!swap.isEmpty && { connections: loggedCredentials(swap.report) }),
    });
  }

  async #rollBack(request: RotationRequest): Promise<void> {
    const { rotationId, names } = request;
    const failures: string[] = [];
    const switched = this.#switched.get(rotationId);
    this.#switched.delete(rotationId);
    clearTimeout(switched?.timer);
    void switched?.swap.abandon();
    for (const name of [...names].reverse()) {
      const change = this.#lastChange.get(name);
      if (change?.rotationId !== rotationId) continue;
      for (const call of [...this.hooks.callsFor(name)].reverse()) {
        const run = this.hooks.run(call, change.previous, change.next, request, () => undefined);
        await run.catch((error: unknown) => failures.push(messageOf(error)));
      }
      change.held.switchTo(change.previous);
      this.#lastChange.delete(name);
      this.#retire(change.next, change.held);
    }
    this.options.logger.warn('secret rotation rolled back', { names, rotationId, failures });
    if (failures.length > 0)
      throw new SecretError('ROTATION_REJECTED', failures.join('; '), { details: { rotationId } });
  }

  /** The value is over, unless it is the one in force. */
  #retire({ text }: ParsedSecret, { name, current }: HeldSecret): void {
    if (text !== undefined && text !== current?.text) this.options.redactor.retire(text, name);
  }

  #hide({ name, form }: Pick<HeldSecret, 'name'> & Partial<Pick<HeldSecret, 'form'>>, text: string | undefined): void {
    if (text !== undefined) this.options.redactor.add(text, { name, ...(form !== undefined && { form }) });
  }

  /** A hook that had accepted the value goes back to the one in force, whatever that is by now. */
  async #undo(call: HookCall, change: Change, request: RotationRequest, allowedMs: number): Promise<void> {
    const terms: RotationTerms = { ...request, reason: 'rollback', deadline: new Date(Date.now() + allowedMs) };
    try {
      await this.hooks.run(call, change.held.current ?? change.previous, change.next, terms, () => undefined);
    } catch (error) {
      this.options.logger.error('a rotation hook failed in the rollback and may still use the rejected value', {
        hook: call.hook,
        error,
      });
    }
  }

  #undoLate(call: HookCall, change: Change, request: RotationRequest, allowedMs: number): void {
    const undone = this.#queue.run([change.held.name], () => this.#undo(call, change, request, allowedMs));
    undone.catch((error: unknown) =>
      this.options.logger.error('a late rotation hook could not be rolled back', { hook: call.hook, error }),
    );
  }

  /** What in this process is to log in anew, also with secrets that nobody injects. */
  async #logins(changes: readonly Change[], request: RotationRequest): Promise<CredentialChange[]> {
    const logins = [...new Set(request.names)].map(async (name) => {
      const users = this.options.credentialUsers?.(name) ?? [];
      if (users.length === 0) return [];
      const known = changes.find(({ held }) => held.name === name)?.next.text;
      const value = known ?? (await this.#proposedValue(name, request)).value;
      return users.map((user) => ({ user, value }));
    });
    return (await Promise.all(logins)).flat();
  }

  async #proposed(request: RotationRequest): Promise<Change[]> {
    const { rotationId } = request;
    const changes = [...new Set(request.names)].map(async (name): Promise<Change | undefined> => {
      const held = this.held.get(name);
      const previous = held?.current;
      if (!held || !previous || this.#lastChange.get(name)?.rotationId === rotationId) return undefined;
      const sourced = await this.#proposedValue(name, request);
      try {
        return { rotationId, held, previous, next: held.parse(sourced) };
      } catch (error) {
        throw rejection(`the proposed value does not fit: ${messageOf(error)}`, name, rotationId);
      }
    });
    return (await Promise.all(changes)).filter((change) => change !== undefined);
  }

  async #proposedValue(name: string, { rotationId, deadline }: RotationRequest): Promise<SourcedSecret> {
    const late = () =>
      rejection(`the proposed value of '${name}' could not be read before the deadline`, name, rotationId);
    const sourced = await withDeadline(this.options.source.get(name, { rotationId }), msUntil(deadline), late);
    if (!sourced) throw rejection(`there is no proposed value of '${name}' for this rotation`, name, rotationId);
    this.#hide(this.held.get(name) ?? { name }, sourced.value);
    return sourced;
  }
}

function msUntil(time: Date): number {
  return Math.max(0, time.getTime() - Date.now());
}

function rejection(why: string, name: string, rotationId: string): SecretError {
  return new SecretError('ROTATION_REJECTED', why, { details: { name, rotationId } });
}
