import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isJsonObject,
  type Logger,
  messageOf,
  type Redactor,
  settlesWithin,
  writePrivateFile,
} from '../../foundation/index.js';
import { deriveKey, type Proposal, type SecretProvider } from '../../secrets/index.js';
import { makePrivate } from '../control/control-socket.js';

/** How long an orchestrator that starts waits for its providers. */
const loadMs = 10_000;
/** Of one secret; with the next rotation the oldest goes. */
const mostKept = 8;
const cipher = 'aes-256-gcm';
const tagBytes = 16;
/** Each key is used once. */
const noNonce = Buffer.alloc(12);

/** A value that a rotation replaced. */
export interface PreviousValue {
  readonly value: string;
  /** Until then it is accepted; milliseconds since 1970. */
  readonly until: number;
}

/** As it is kept: the value, encrypted with a key made of the one that replaced it. Both base64. */
interface SealedValue {
  readonly salt: string;
  readonly sealed: string;
  readonly until: number;
}

type Replacement = Pick<Proposal, 'name' | 'previous' | 'proposed'>;

export interface PreviousValuesOptions {
  /** Of each secret of which values are kept, how long they are accepted; undefined: as the rotation says. */
  readonly overlaps: ReadonlyMap<string, number | undefined>;
  /** Where they outlive this process; undefined: nowhere. */
  readonly stateDirectory: string | undefined;
  readonly redactor: Redactor;
  readonly logger: Logger;
}

/**
 * The values of before of secrets that this orchestrator itself accepts, such as keys of tokens, until their overlap is
 * over, also over a restart. They are encrypted with the value that replaced them: who has not that one has nothing.
 */
export class PreviousValues {
  readonly #options: PreviousValuesOptions;
  /** Newest first. */
  readonly #values = new Map<string, readonly PreviousValue[]>();

  constructor(options: PreviousValuesOptions) {
    this.#options = options;
  }

  /** Newest first. One that is over ends those before it, too. */
  of(name: string): readonly PreviousValue[] {
    const values = this.#values.get(name) ?? [];
    const over = values.findIndex(({ until }) => until <= Date.now());
    return over === -1 ? values : values.slice(0, over);
  }

  /** Takes over what an orchestrator before this one kept, and removes what is over. Never rejects. */
  async load(provider: Pick<SecretProvider, 'get'>): Promise<void> {
    const { overlaps, stateDirectory } = this.#options;
    if (stateDirectory === undefined) return;
    await Promise.all([...overlaps.keys()].map((name) => this.#load(name, provider)));
  }

  async #load(name: string, provider: Pick<SecretProvider, 'get'>): Promise<void> {
    const refused = (error: unknown): void => {
      const reason = messageOf(error);
      const message = 'the value of before of a secret is accepted no more: it cannot be read';
      this.#options.logger.warn(message, { name, reason });
    };
    try {
      const kept = await this.#read(name);
      if (kept.every(({ until }) => until <= Date.now())) return await rm(this.#fileOf(name), { force: true });
      const asked = provider.get(name);
      const taken = asked.then((inForce) => this.#takeOver(name, kept, inForce));
      // The keys are slow on purpose, but they come to an end.
      if (await settlesWithin(asked, loadMs)) await taken;
      else taken.catch(refused);
    } catch (error) {
      refused(error);
    }
  }

  async #takeOver(name: string, kept: readonly SealedValue[], inForce: string | undefined): Promise<void> {
    if (inForce === undefined) return;
    const { redactor } = this.#options;
    const values = await opened(name, kept, inForce);
    for (const { value } of values) {
      redactor.add(value, { name });
      redactor.retire(value, name);
    }
    this.#values.set(name, values);
  }

  /** Keeps what these proposals are about to replace. Rejects when it cannot be written. */
  async keep(proposals: readonly Replacement[], overlapMs: number): Promise<void> {
    const { overlaps } = this.#options;
    const kept = proposals.filter(({ name }) => overlaps.has(name));
    await Promise.all(kept.map((proposal) => this.#keep(proposal, overlaps.get(proposal.name) ?? overlapMs)));
  }

  async #keep({ name, previous: { value }, proposed }: Replacement, overlapMs: number): Promise<void> {
    const until = Date.now() + overlapMs;
    this.#values.set(name, [{ value, until }, ...this.of(name)].slice(0, mostKept));
    const { stateDirectory } = this.#options;
    if (stateDirectory === undefined) return;
    const before = (await this.#read(name).catch(() => [])).filter((each) => each.until > Date.now());
    const sealed = await seal(name, value, proposed.value, until);
    try {
      await makePrivate(join(stateDirectory, 'previous'));
      await writePrivateFile(this.#fileOf(name), JSON.stringify([sealed, ...before].slice(0, mostKept)));
    } catch (error) {
      const why = messageOf(error);
      throw new Error(`the value of before of '${name}' cannot be kept over a restart (${why})`, { cause: error });
    }
  }

  async #read(name: string): Promise<SealedValue[]> {
    const text = await readFile(this.#fileOf(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    const kept = parsed(text);
    if (kept) return kept.slice(0, mostKept);
    throw new Error(`${this.#fileOf(name)} is damaged`);
  }

  #fileOf(name: string): string {
    return join(this.#options.stateDirectory!, 'previous', `${name}.json`);
  }
}

async function seal(name: string, value: string, replacement: string, until: number): Promise<SealedValue> {
  const salt = randomBytes(16);
  const encrypting = createCipheriv(cipher, await deriveKey(replacement, salt), noNonce, { authTagLength: tagBytes });
  encrypting.setAAD(boundTo(name, until));
  const sealed = Buffer.concat([encrypting.update(value, 'utf8'), encrypting.final(), encrypting.getAuthTag()]);
  return { salt: salt.toString('base64'), sealed: sealed.toString('base64'), until };
}

/** What `inForce` replaced, and what that one did, until one is over or was replaced by another. */
async function opened(name: string, kept: readonly SealedValue[], inForce: string): Promise<PreviousValue[]> {
  const values: PreviousValue[] = [];
  for (const each of kept) {
    const value = await open(name, each, values.at(-1)?.value ?? inForce);
    if (value === undefined) continue;
    if (each.until <= Date.now()) break;
    values.push({ value, until: each.until });
  }
  return values;
}

/** Undefined where another value replaced it. */
async function open(
  name: string,
  { salt, sealed, until }: SealedValue,
  replacement: string,
): Promise<string | undefined> {
  const key = await deriveKey(replacement, Buffer.from(salt, 'base64'));
  const bytes = Buffer.from(sealed, 'base64');
  const decrypting = createDecipheriv(cipher, key, noNonce, { authTagLength: tagBytes });
  decrypting.setAAD(boundTo(name, until));
  try {
    decrypting.setAuthTag(bytes.subarray(-tagBytes));
    return Buffer.concat([decrypting.update(bytes.subarray(0, -tagBytes)), decrypting.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function boundTo(name: string, until: number): Buffer {
  return Buffer.from(`${name} ${until}`);
}

/** Undefined where it is none of ours. */
function parsed(text: string): SealedValue[] | undefined {
  try {
    const kept: unknown = JSON.parse(text);
    return Array.isArray(kept) && kept.every(isSealed) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function isSealed(value: unknown): value is SealedValue {
  const { salt, sealed, until } = isJsonObject(value) ? value : {};
  return typeof salt === 'string' && typeof sealed === 'string' && Number.isSafeInteger(until);
}
