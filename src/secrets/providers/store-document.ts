import { randomBytes } from 'node:crypto';
import { isJsonObject } from '../../foundation/index.js';

/** One value a secret had. */
export interface KeptVersion {
  /** Random, so that it says nothing about the value. */
  readonly version: string;
  /** When it was stored, in ISO form. */
  readonly at: string;
  readonly value: string;
}

/** What an encrypted store holds: the versions of each secret, newest first; the first is in force. */
export type StoreDocument = ReadonlyMap<string, readonly KeptVersion[]>;

export function writeDocument(document: StoreDocument): string {
  return JSON.stringify({ format: 1, secrets: Object.fromEntries(document) });
}

/** Undefined for what is no document of this format. */
export function readDocument(text: string): StoreDocument | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const secrets = isJsonObject(parsed) && parsed['format'] === 1 ? parsed['secrets'] : undefined;
  if (!isJsonObject(secrets)) return undefined;
  const entries = Object.entries(secrets);
  const isRight = entries.every(([, versions]) => Array.isArray(versions) && versions.every(isVersion));
  return isRight ? new Map(entries as unknown as [string, KeptVersion[]][]) : undefined;
}

/** The document with that value in force, and at most `keep` versions of it. */
export function withValue(document: StoreDocument, name: string, value: string, keep: number): StoreDocument {
  const version = { version: randomBytes(6).toString('hex'), at: new Date().toISOString(), value };
  return new Map(document).set(name, [version, ...(document.get(name) ?? [])].slice(0, keep));
}

function isVersion(value: unknown): boolean {
  return isJsonObject(value) && ['version', 'at', 'value'].every((key) => typeof value[key] === 'string');
}
