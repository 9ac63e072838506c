import {
  type CredentialUser,
  messageOf,
  type PreparedCredential,
  type Redactor,
  withDeadline,
} from '../../foundation/index.js';
import type { CredentialRotation } from './rotation-report.js';
import { SecretError } from '../secret-error.js';

/** A credential user with the value it is to log in with. */
export interface CredentialChange {
  readonly user: CredentialUser;
  readonly value: string;
}

interface Swapped {
  readonly user: CredentialUser;
  credential?: PreparedCredential;
  report: CredentialRotation;
}

/** Everything that logs in with the secrets of one rotation, taken through it together. */
export class CredentialSwap {
  #swapped: Swapped[] = [];

  constructor(private readonly redactor: Redactor) {}

  get report(): readonly CredentialRotation[] {
    return this.#swapped.map(({ report }) => report);
  }

  get isEmpty(): boolean {
    return this.#swapped.length === 0;
  }

  /**
   * Tries every value where it is used. Rejects with `SecretError` ROTATION_REJECTED, nothing being prepared any more,
   * when one is refused or `ms` have passed; the message names all that refused.
   */
  async prepare(changes: readonly CredentialChange[], ms: number): Promise<void> {
    const pending = changes.map(({ user, value }) => {
      const { name, secret } = user;
      const swapped: Swapped = { user, report: { name, secret, outcome: 'refused' } };
      this.#swapped.push(swapped);
      return this.#prepare(swapped, value, ms);
    });
    await Promise.all(pending);
    const refused = this.report.filter(({ outcome }) => outcome === 'refused');
    if (refused.length === 0) return;
    void this.abandon();
    const reasons = refused.map(
      ({ name, secret, message }) => `${name} does not accept the new '${secret}': ${message}`,
    );
    throw new SecretError('ROTATION_REJECTED', reasons.join('; '));
  }

  /** New work uses the new credentials from now on. */
  activate(): void {
    for (const swapped of this.#swapped) {
      swapped.credential?.activate();
      this.#note(swapped, { outcome: 'activated', activatedAt: new Date().toISOString() });
    }
  }

  /** The old credentials are over, with `overlap` altogether. Resolves when nothing uses them any more; never rejects. */
  async retire(overlap?: AbortSignal): Promise<void> {
    await this.#endAll(async (swapped, credential) => {
      await credential.retire(overlap);
      this.#note(swapped, { outcome: 'retired', drainedAt: new Date().toISOString() });
    });
  }

  /** Work goes to the old credentials again. Resolves when nothing uses the new ones; never rejects. */
  async abandon(): Promise<void> {
    await this.#endAll(async (swapped, credential) => {
      this.#note(swapped, { outcome: 'abandoned' });
      await credential.abandon();
    });
  }

  async #prepare(swapped: Swapped, value: string, ms: number): Promise<void> {
    const controller = new AbortController();
    const late = new Error(`it could not be tried within ${ms} ms`);
    const preparing = Promise.resolve().then(() => swapped.user.prepare(value, controller.signal));
    try {
      swapped.credential = await withDeadline(preparing, ms, () => late);
      this.#note(swapped, { outcome: 'abandoned', preparedAt: new Date().toISOString() });
    } catch (error) {
      const [message, self] = [this.redactor.redact(messageOf(error)), `${swapped.user.name}: `];
      this.#note(swapped, { message: message.startsWith(self) ? message.slice(self.length) : message });
      controller.abort(late);
      // Should it come up all the same, nobody wants it any more.
      if (error === late) preparing.then((credential) => credential.abandon()).catch(() => undefined);
    }
  }

  async #endAll(end: (swapped: Swapped, credential: PreparedCredential) => Promise<void>): Promise<void> {
    const ended = this.#swapped.map(async (swapped) => {
      const { credential } = swapped;
      delete swapped.credential;
      if (!credential) return;
      await end(swapped, credential).catch((error: unknown) =>
        this.#note(swapped, { message: this.redactor.redact(messageOf(error)) }),
      );
    });
    await Promise.all(ended);
  }

  #note(swapped: Swapped, change: Partial<CredentialRotation>): void {
    swapped.report = { ...swapped.report, ...change };
  }
}
