import { messageOf } from '../foundation/index.js';
import { object, optional, withDefault } from './codec/compounds.js';
import type { Field, FieldValue } from './codec/field.js';
import { i64, json as anyJson, string, uuid } from './codec/scalars.js';
import { struct } from './codec/struct.js';
import { type Decoded, decodeModuleJson } from './decode.js';
import { type ExactJson, readExactJson } from './json/exact-json.js';
import { maxNesting, type WireJson } from './json/wire-json.js';
import { writeJson } from './json/write-json.js';
import type { ModuleMessage } from './messages.js';

const metadata = struct({
  id: optional(string),
  /** In a unit nobody names. */
  timestamp: optional(i64),
  source: optional(string),
  destination: optional(string),
  properties: optional(object),
});

export type EnvelopeMetadata = FieldValue<(typeof metadata)['field']>;

/** The `Message` around what a module writes on TCP and unix channels, and around everything of HTTP over TCP. */
export interface Envelope<T> {
  /** A UUID. */
  readonly id: string;
  readonly content: T;
  readonly metadata: EnvelopeMetadata;
}

/** `content` is JSON text, as `encodeMessage` gives it. Throws `WireError` MESSAGE_INVALID for what JSON cannot hold. */
export function encodeEnvelope(id: string, content: string, metadata: EnvelopeMetadata = {}): string {
  const { timestamp, source, destination, properties } = metadata;
  const ordered = { id: metadata.id, timestamp, source, destination, properties };
  return `{"id":${JSON.stringify(id)},"content":${content},"metadata":${writeJson(ordered)}}`;
}

/** Throws `WireError` MESSAGE_INVALID when the text is no envelope or its content not what `field` reads. */
export function decodeEnvelope<T>(text: string, field: Field<T>): Envelope<T> {
  return readEnvelope(text, field).envelope;
}

/** What a module wrote on a framed channel, out of its envelope. */
export function decodeModuleEnvelope(text: string): Decoded<ModuleMessage> {
  let json: ExactJson;
  let content: WireJson;
  try {
    const read = readEnvelope(text, anyJson);
    json = read.json;
    content = read.envelope.content;
  } catch (error) {
    return { kind: 'malformed', reason: messageOf(error) };
  }
  return decodeModuleJson(content, json);
}

function readEnvelope<T>(text: string, content: Field<T>): { json: ExactJson; envelope: Envelope<T> } {
  const type = struct({ id: uuid, content, metadata: withDefault(metadata.field, () => ({})) });
  const json = readExactJson(text, maxNesting, type.known);
  return { json, envelope: type.read(json.value, { facts: json.facts, takesPython: false }) as Envelope<T> };
}
