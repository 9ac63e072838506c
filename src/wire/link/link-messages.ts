import { isWireObject } from '../json/wire-json.js';

/**
 * What the two ends of a link say to each other about the link itself; everything else is a message of the session and
 * counts. `received` is how many messages of the session that end has had from the other, over all connections.
 */
export type LinkMessage =
  | { readonly link: 'hello'; readonly launch: string; readonly nonce: string }
  /**
   * `adopts`: a new orchestrator, which knows only the hash of the launch's ticket. `alsoProofs`: of tokens that are
   * accepted beside the first.
   */
  | {
      readonly link: 'challenge';
      readonly nonce: string;
      readonly proof: string;
      readonly alsoProofs?: readonly string[];
      readonly adopts?: boolean;
    }
  | { readonly link: 'proof'; readonly proof: string; readonly received: number }
  | { readonly link: 'ticket'; readonly ticket: string }
  /** After a ticket with what takes its place, and the token of the connections that follow. */
  | { readonly link: 'welcome'; readonly received: number; readonly token?: string; readonly ticket?: string }
  | { readonly link: 'received'; readonly received: number }
  | { readonly link: 'close' }
  | { readonly link: 'refused'; readonly reason: string };

export type Welcome = Extract<LinkMessage, { link: 'welcome' }>;

const prefix = '{"link":';

export function writeLinkMessage(message: LinkMessage): string {
  return JSON.stringify(message);
}

/** undefined for what is no message about the link. Fields are not checked beyond their types. */
export function readLinkMessage(text: string): LinkMessage | undefined {
  if (!text.startsWith(prefix)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isWireObject(value) && hasFields(value) ? (value as unknown as LinkMessage) : undefined;
  } catch {
    return undefined;
  }
}

const fieldTypes: Readonly<Record<LinkMessage['link'], Readonly<Record<string, 'string' | 'count'>>>> = {
  hello: { launch: 'string', nonce: 'string' },
  challenge: { nonce: 'string', proof: 'string' },
  proof: { proof: 'string', received: 'count' },
  ticket: { ticket: 'string' },
  welcome: { received: 'count' },
  received: { received: 'count' },
  close: {},
  refused: { reason: 'string' },
};

function hasFields(value: { readonly [key: string]: unknown }): boolean {
  const kind = value['link'];
  if (typeof kind !== 'string' || !Object.hasOwn(fieldTypes, kind)) return false;
  return Object.entries(fieldTypes[kind as LinkMessage['link']]).every(([name, type]) => {
    const field = value[name];
    return type === 'string' ? typeof field === 'string' : Number.isSafeInteger(field) && (field as number) >= 0;
  });
}
