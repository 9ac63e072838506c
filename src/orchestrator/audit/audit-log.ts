import { type FileHandle, open, readFile, rm, truncate } from 'node:fs/promises';
import { type Logger, messageOf } from '../../foundation/index.js';
import { makePrivate } from '../control/control-socket.js';
import { type AuditEntry, type AuditEvent, noHash, readEntry, writeEntry } from './audit-entry.js';
import { auditDirectory, type AuditHead, readHead, segmentFile, segmentNumbers, writeHead } from './audit-files.js';

export interface AuditLogOptions {
  readonly stateDirectory: string;
  readonly logger: Logger;
  /** A file that is longer is followed by the next one. Default 4 MiB. */
  readonly maxFileBytes?: number;
  /** How many files are kept. Default 16. */
  readonly maxFiles?: number;
}

const mostWaiting = 10_000;

interface Waiting {
  readonly event: AuditEvent;
  readonly at: string;
  readonly written: () => void;
}

/**
 * What was done with secrets, line by line in files of the state directory, each line bound to the one before by its
 * hash. One process writes it. Appending never fails the work it records: what cannot be written is logged, and `trouble`
 * says so.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #directory: string;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #file: FileHandle | undefined;
  #segment = 0;
  #segmentBytes = 0;
  #head: AuditHead = { seq: 0, hash: noHash, firstSeq: 1, firstPrev: noHash };
  #isOpen = false;
  /** A part of a line may have been written. */
  #mustResume = false;
  #trouble: string | undefined;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#directory = auditDirectory(options.stateDirectory);
  }

  /** Why entries cannot be written; undefined while they can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Goes on where the log ends; what was appended before is written then. Never rejects. */
  async open(): Promise<void> {
    try {
      await this.#resume();
    } catch (error) {
      this.#failed(error);
      // The next entry tries again.
      this.#mustResume = true;
    }
    this.#isOpen = true;
    await this.#flush();
  }

  /** Resolves when a crash cannot take the entry any more, or it could not be written. Never rejects. */
  append(event: AuditEvent): Promise<void> {
    if (this.#waiting.length >= mostWaiting) {
      this.#failed(new Error(`${mostWaiting} entries wait to be written already`));
      return Promise.resolve();
    }
    return new Promise((written) => {
      this.#waiting.push({ event, at: new Date().toISOString(), written });
      void this.#flush();
    });
  }

  /** Writes what waits, then closes the file. Idempotent. */
  async close(): Promise<void> {
    await this.#flush();
    this.#isOpen = false;
    await this.#file?.close();
    this.#file = undefined;
  }

  /** One write and one fsync for all that wait. */
  async #flush(): Promise<void> {
    while (this.#isOpen && (this.#writing !== undefined || this.#waiting.length > 0)) {
      this.#writing ??= this.#write(this.#waiting.splice(0)).finally(() => (this.#writing = undefined));
      await this.#writing;
    }
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      let { seq, hash } = this.#head;
      const lines = batch.map(({ event, at }) => {
        const written = writeEntry({ seq: (seq += 1), at, prev: hash, ...event });
        ({ hash } = written);
        return `${written.line}\n`;
      });
      const text = lines.join('');
      const file = await this.#fileFor(Buffer.byteLength(text));
      await file.appendFile(text);
      await file.datasync();
      this.#segmentBytes += Buffer.byteLength(text);
      this.#head = { ...this.#head, seq, hash };
      await writeHead(this.#directory, this.#head);
      this.#trouble = undefined;
    } catch (error) {
      this.#failed(error);
      await this.#file?.close().catch(() => undefined);
      this.#file = undefined;
      this.#mustResume = true;
    } finally {
      for (const { written } of batch) written();
    }
  }

  async #fileFor(bytes: number): Promise<FileHandle> {
    const { maxFileBytes = 4 * 1024 ** 2, maxFiles = 16 } = this.#options;
    if (this.#mustResume) await this.#resume();
    this.#mustResume = false;
    if (this.#file && (this.#segmentBytes === 0 || this.#segmentBytes + bytes <= maxFileBytes)) return this.#file;
    await this.#file?.close();
    this.#file = undefined;
    this.#file = await open(segmentFile(this.#directory, this.#segment + 1), 'a', 0o600);
    this.#segment += 1;
    this.#segmentBytes = 0;
    const kept = await segmentNumbers(this.#directory);
    for (const number of kept.slice(0, Math.max(0, kept.length - maxFiles))) await this.#forget(number);
    return this.#file;
  }

  /** The oldest file goes; the head says where the log begins now. */
  async #forget(number: number): Promise<void> {
    const last = lastEntry(await readFile(segmentFile(this.#directory, number), 'utf8'));
    if (last) this.#head = { ...this.#head, firstSeq: last.seq + 1, firstPrev: last.hash };
    await writeHead(this.#directory, this.#head);
    await rm(segmentFile(this.#directory, number), { force: true });
  }

  /** Of a file that a crash left although the log begins after it by now: its lines would look like ones that were moved. */
  async #endForgetting(oldest: number): Promise<void> {
    const path = segmentFile(this.#directory, oldest);
    const last = lastEntry(await readFile(path, 'utf8'));
    if (last && last.seq < this.#head.firstSeq) await rm(path, { force: true });
  }

  async #resume(): Promise<void> {
    const { logger } = this.#options;
    await makePrivate(this.#directory);
    const head = await readHead(this.#directory);
    if (head) this.#head = head;
    const [oldest, ...others] = await segmentNumbers(this.#directory);
    if (oldest !== undefined && others.length > 0) await this.#endForgetting(oldest);
    this.#segment = others.at(-1) ?? oldest ?? 0;
    if (this.#segment === 0) return;
    const path = segmentFile(this.#directory, this.#segment);
    const text = await readFile(path, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) {
      logger.warn('the last line of the audit log was not written to its end; it is taken away', { path });
      await truncate(path, Buffer.byteLength(whole));
    }
    const last = lastEntry(whole);
    // What the head knows and the file has not is missing: the gap stays, and verify-audit finds it.
    if (last && last.seq >= this.#head.seq) this.#head = { ...this.#head, seq: last.seq, hash: last.hash };
    else if (last || whole !== '')
      logger.error('the audit log ends before what was written to it; see pywatt secrets verify-audit', { path });
    this.#file = await open(path, 'a', 0o600);
    this.#segmentBytes = Buffer.byteLength(whole);
  }

  #failed(error: unknown): void {
    const trouble = `the audit log cannot be written: ${messageOf(error)}`;
    if (trouble !== this.#trouble)
      this.#options.logger.error('the audit log cannot be written', {
        reason: messageOf(error),
        directory: this.#directory,
      });
    this.#trouble = trouble;
  }
}

function lastEntry(text: string): AuditEntry | undefined {
  const lines = text.trimEnd().split('\n');
  return readEntry(lines.at(-1) ?? '')?.entry;
}
