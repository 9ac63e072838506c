import type { Resource } from '../container/index.js';
import { type Duration, type Logger, messageOf, type Redactor, withDeadline } from '../foundation/index.js';
import { HeldSecret, type ParsedSecret } from './held-secret.js';
import { type HookCall, RotationHooks, type RotationTerms } from './rotation-hooks.js';
import { readSecrets } from './read-secrets.js';
import { secretKind } from './secret.js';
import { SecretError } from './secret-error.js';
import type { SecretSource } from './secret-source.js';
import type { SecretValue } from './secret-value.js';
import { SerialQueue } from './serial-queue.js';

export interface ModuleSecretsOptions {
  readonly source: SecretSource;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** How long one secret may take to be read at boot. Default `60s`, more than a rotation that holds the answer back. */
  readonly readTimeout?: Duration;
}

/** A rotation as it reaches a module. */
export interface RotationRequest extends RotationTerms {
  readonly names: readonly string[];
}

/** How long reading one secret again, and its hooks, may take. */
const refreshMs = 20_000;

/** One secret in one rotation. */
interface Change {
  readonly rotationId: string;
  readonly held: HeldSecret;
  readonly previous: ParsedSecret;
  readonly next: ParsedSecret;
}

/** The secrets of one module: read and parsed at boot, injected as live handles, rotated together with its hooks. */
export class ModuleSecrets {
  readonly #held = new Map<string, HeldSecret>();
  readonly #lastChange = new Map<string, Change>();
  readonly #hooks: RotationHooks;
  readonly #queue = new SerialQueue('the secrets of this module');

  constructor(private readonly options: ModuleSecretsOptions) {
    this.#hooks = new RotationHooks(options.redactor);
  }

  /**
   * Reads all declared secrets at once, and those that only hooks name. Throws one `BootError` SECRETS_MISSING that
   * lists every secret that is missing, does not parse or cannot be read, with where it was looked for.
   */
  async prefetch(declarations: Iterable<Resource>, hookNames: Iterable<string> = []): Promise<void> {
    for (const { kind, name, options } of declarations) {
      if (kind === secretKind) this.#hold(name).declare(options ?? {});
    }
    for (const name of hookNames) if (!this.#held.has(name)) this.#hold(name).declare({});
    await this.#queue.run(() => readSecrets([...this.#held.values()], this.options));
  }

  /** The live handle for what a `@Secret` declared; undefined when the secret is optional and nobody has it. */
  valueFor(resource: Resource): SecretValue<unknown> | undefined {
    return this.#held.get(resource.name)?.handleFor(resource.options ?? {});
  }

  /** Where the secret was found at boot, in the words of its source; undefined when it was not, or the source does not tell. */
  placeOf(name: string): string | undefined {
    return this.#held.get(name)?.place;
  }

  /** Collects the `@OnSecretRotated` methods of an instance. Call it as soon as the instance exists, so that no rotation falls between. */
  addHooks(instance: object): void {
    this.#hooks.add(instance);
  }

  /**
   * Takes part in a rotation; rotations run one after another. `rotation`: reads the proposed values, runs the hooks,
   * then switches the live handles. When it rejects, with `SecretError` ROTATION_REJECTED naming the hook and its
   * reason, the hooks that had run have run again with `rollback` and every handle is as before. `rollback`: returns to
   * the values before this rotation, running the hooks again; does nothing where the rotation had not switched
   * anything. Secrets this module does not hold are passed over.
   */
  rotate(request: RotationRequest): Promise<void> {
    return this.#queue.run(() => (request.reason === 'rollback' ? this.#rollBack(request) : this.#rotate(request)));
  }

  /**
   * Reads every secret again where they may have changed meanwhile, as with a new orchestrator: for one with another
   * value the hooks run as in a rotation. Never rejects: what cannot be read, or is rejected by a hook, stays as it is,
   * which is logged.
   */
  async refresh(): Promise<void> {
    const refreshed = [...this.#held.values()].map((held) =>
      this.#queue
        .run(() => this.#refresh(held))
        .catch((error: unknown) =>
          this.options.logger.error('a secret could not be brought up to date: the module goes on with the old value', {
            name: held.name,
            error,
          }),
        ),
    );
    await Promise.all(refreshed);
  }

  async #refresh(held: HeldSecret): Promise<void> {
    const { name, current: previous } = held;
    if (!previous) return;
    const deadline = new Date(Date.now() + refreshMs);
    const late = () => new SecretError('PROVIDER_FAILED', `secret '${name}' was not read within ${refreshMs} ms`);
    const sourced = await withDeadline(this.options.source.get(name), refreshMs, late);
    if (!sourced) {
      if (previous.text === undefined) return;
      throw new SecretError('NOT_FOUND', `secret '${name}' is not there any more`);
    }
    this.options.redactor.add(sourced.value);
    const next = held.parse(sourced);
    // Versions are the orchestrator's own.
    if (previous.text === sourced.value) return held.switchTo(next);
    const rotationId = `refresh-${crypto.randomUUID()}`;
    const terms = { rotationId, reason: 'rotation', deadline, overlapUntil: deadline } as const;
    await this.#apply([{ rotationId, held, previous, next }], { ...terms, names: [name] });
  }

  async #rotate(request: RotationRequest): Promise<void> {
    await this.#apply(await this.#proposed(request), request);
  }

  async #apply(changes: readonly Change[], request: RotationRequest): Promise<void> {
    const allowedMs = Math.max(1_000, request.deadline.getTime() - Date.now());
    const done: (readonly [HookCall, Change])[] = [];
    try {
      for (const change of changes) {
        for (const call of this.#hooks.callsFor(change.held.name)) {
          await this.#hooks.run(call, change.next, change.previous, request, () =>
            this.#undoLate(call, change, request, allowedMs),
          );
          done.push([call, change]);
        }
      }
    } catch (error) {
      for (const [call, change] of done.reverse()) await this.#undo(call, change, request, allowedMs);
      this.options.logger.warn('secret rotation rejected', {
        names: request.names,
        rotationId: request.rotationId,
        error,
      });
      throw error;
    }
    for (const change of changes) {
      change.held.switchTo(change.next);
      this.#lastChange.set(change.held.name, change);
    }
    this.options.logger.info('secrets rotated', {
      names: request.names,
      rotationId: request.rotationId,
      hooks: done.length,
    });
  }

  async #rollBack(request: RotationRequest): Promise<void> {
    const { rotationId, names } = request;
    const failures: string[] = [];
    for (const name of [...names].reverse()) {
      const change = this.#lastChange.get(name);
      if (change?.rotationId !== rotationId) continue;
      for (const call of [...this.#hooks.callsFor(name)].reverse()) {
        const run = this.#hooks.run(call, change.previous, change.next, request, () => undefined);
        await run.catch((error: unknown) => failures.push(messageOf(error)));
      }
      change.held.switchTo(change.previous);
      this.#lastChange.delete(name);
    }
    this.options.logger.warn('secret rotation rolled back', { names, rotationId, failures });
    if (failures.length > 0)
      throw new SecretError('ROTATION_REJECTED', failures.join('; '), { details: { rotationId } });
  }

  /** A hook that had accepted the value goes back to the one in force, whatever that is by now. */
  async #undo(call: HookCall, change: Change, request: RotationRequest, allowedMs: number): Promise<void> {
    const terms: RotationTerms = { ...request, reason: 'rollback', deadline: new Date(Date.now() + allowedMs) };
    try {
      await this.#hooks.run(call, change.held.current ?? change.previous, change.next, terms, () => undefined);
    } catch (error) {
      this.options.logger.error('a rotation hook failed in the rollback and may still use the rejected value', {
        hook: call.hook,
        error,
      });
    }
  }

  #undoLate(call: HookCall, change: Change, request: RotationRequest, allowedMs: number): void {
    const undone = this.#queue.run(() => this.#undo(call, change, request, allowedMs));
    undone.catch((error: unknown) =>
      this.options.logger.error('a late rotation hook could not be rolled back', { hook: call.hook, error }),
    );
  }

  async #proposed({ names, rotationId, deadline }: RotationRequest): Promise<Change[]> {
    const changes = [...new Set(names)].map(async (name): Promise<Change | undefined> => {
      const held = this.#held.get(name);
      const previous = held?.current;
      if (!held || !previous || this.#lastChange.get(name)?.rotationId === rotationId) return undefined;
      const reject = (why: string) => new SecretError('ROTATION_REJECTED', why, { details: { name, rotationId } });
      const ms = Math.max(0, deadline.getTime() - Date.now());
      const late = () => reject(`the proposed value of '${name}' could not be read before the deadline`);
      const sourced = await withDeadline(this.options.source.get(name, { rotationId }), ms, late);
      if (!sourced) throw reject(`there is no proposed value of '${name}' for this rotation`);
      this.options.redactor.add(sourced.value);
      try {
        return { rotationId, held, previous, next: held.parse(sourced) };
      } catch (error) {
        throw reject(`the proposed value does not fit: ${messageOf(error)}`);
      }
    });
    return (await Promise.all(changes)).filter((change) => change !== undefined);
  }

  #hold(name: string): HeldSecret {
    const held = this.#held.get(name) ?? new HeldSecret(name);
    this.#held.set(name, held);
    return held;
  }
}
