import type { Resource } from '../container/index.js';
import { type Duration, withDeadline } from '../foundation/index.js';
import { HeldSecret } from './held-secret.js';
import { readSecrets } from './read-secrets.js';
import { ModuleRotations, type ModuleRotationsOptions, type RotationRequest } from './rotation/module-rotations.js';
import { RotationHooks } from './rotation/rotation-hooks.js';
import { secretKind } from './secret.js';
import { SecretError } from './secret-error.js';
import type { SecretValue } from './secret-value.js';

export interface ModuleSecretsOptions extends ModuleRotationsOptions {
  /** How long one secret may take to be read at boot. Default `60s`, more than a rotation that holds the answer back. */
  readonly readTimeout?: Duration;
}

/** How long reading secrets again may take, and then their hooks. */
const refreshMs = 20_000;

/** The secrets of one module: read and parsed at boot, injected as live handles, rotated together with its hooks. */
export class ModuleSecrets {
  readonly #held = new Map<string, HeldSecret>();
  readonly #hooks: RotationHooks;
  readonly #rotations: ModuleRotations;

  constructor(private readonly options: ModuleSecretsOptions) {
    this.#hooks = new RotationHooks(options.redactor);
    this.#rotations = new ModuleRotations(this.#held, this.#hooks, options);
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
    await this.#rotations.hold(this.#held.keys(), () => readSecrets([...this.#held.values()], this.options));
  }

  /** What it declares, and what its hooks wait for. */
  get names(): readonly string[] {
    return [...this.#held.keys()];
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
   * Takes part in a rotation; rotations of one secret run one after another. `rotation`: reads the proposed values, tries
   * them where they log in, runs the hooks, then switches handles and connections. When it rejects, with `SecretError`
   * ROTATION_REJECTED naming the hook and its reason, the hooks that had run have run again with `rollback` and every
   * handle is as before. `rollback`: returns to the values before this rotation, running the hooks again; does nothing
   * where the rotation had not switched anything. Secrets this module does not hold are passed over.
   */
  rotate(request: RotationRequest): Promise<void> {
    return this.#rotations.rotate(request);
  }

  /**
   * The rotation was committed: the old values are over. Resolves when nothing here uses them any more. Where nobody says
   * so it happens when the overlap ends.
   */
  settle(rotationId: string): Promise<void> {
    return this.#rotations.settle(rotationId);
  }

  /**
   * Reads every secret again where they may have changed meanwhile, as with a new orchestrator: those with other values
   * are rotated to together, as if one rotation had brought them. Never rejects: what cannot be read stays as it is, and
   * all of them do when a hook rejects one, which is logged.
   */
  async refresh(): Promise<void> {
    const changed = await Promise.all([...this.#held.values()].map((held) => this.#changedName(held)));
    const names = changed.filter((name) => name !== undefined).sort();
    if (names.length === 0) return;
    const rotationId = `refresh-${crypto.randomUUID()}`;
    const deadline = new Date(Date.now() + refreshMs);
    try {
      await this.rotate({ names, rotationId, reason: 'rotation', deadline, overlapUntil: deadline });
      await this.settle(rotationId);
    } catch (error) {
      this.#notRefreshed(names, error);
    }
  }

  /** The name of a secret that has another usable value by now; one with the same takes its new version. */
  async #changedName(held: HeldSecret): Promise<string | undefined> {
    const { name, current: previous } = held;
    if (!previous) return undefined;
    const late = () => new SecretError('PROVIDER_FAILED', `secret '${name}' was not read within ${refreshMs} ms`);
    try {
      const sourced = await withDeadline(this.options.source.get(name), refreshMs, late);
      if (!sourced && previous.text === undefined) return undefined;
      if (!sourced) throw new SecretError('NOT_FOUND', `secret '${name}' is not there any more`);
      const next = held.parse(sourced);
      if (previous.text !== sourced.value) return name;
      // Versions are the orchestrator's own.
      held.switchTo(next);
    } catch (error) {
      this.#notRefreshed([name], error);
    }
    return undefined;
  }

  #notRefreshed(names: readonly string[], error: unknown): void {
    const message = 'secrets could not be brought up to date: the module goes on with the old values';
    this.options.logger.error(message, { names, error });
  }

  /** Forgets rotations that nobody has settled; what uses their values is closed by its own owner. */
  close(): void {
    this.#rotations.close();
  }

  #hold(name: string): HeldSecret {
    const held = this.#held.get(name) ?? new HeldSecret(name);
    this.#held.set(name, held);
    return held;
  }
}
