import type { JsonObject, JsonValue, Redactor } from '../../foundation/index.js';
import { isHarmlessUnder, redactionMark } from '../../logging/index.js';
import type { ModuleMessage, OrchestratorMessage } from '../../wire/index.js';
import { hidesSecret, shownText } from './shown-text.js';

const deepest = 10;
const mostItems = 50;
const mostTextShown = 1_000;
/** Of all texts of a message together. */
const mostShown = 8_000;

const credentialHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);
const hidden = () => redactionMark;

/**
 * A message as it may be shown to a person: every registered secret redacted, in keys and numbers and behind base64 and
 * arrays of bytes too; what stands under a key such as `password`, in queries, forms and bodies, too; values of secrets, the environment of a module, tokens and headers with credentials never shown;
 * bytes as text, or only counted when they are none. Ends at 8,000 characters, ten levels and 50 items.
 */
export function shownMessage(message: OrchestratorMessage | ModuleMessage, redactor: Redactor): JsonObject {
  return new Walk(redactor).fields(withoutCredentials(message, redactor)) as JsonObject;
}

function withoutCredentials(message: OrchestratorMessage | ModuleMessage, redactor: Redactor): object {
  switch (message.op) {
    case 'secret':
      return { ...message, value: redactionMark };
    case 'init': {
      const { ext, auth_token, link } = message;
      return {
        ...message,
        env: mapValues(message.env, hidden),
        ...(ext?.nonce !== undefined && { ext: { ...ext, nonce: redactionMark } }),
        ...(auth_token !== undefined && { auth_token: redactionMark }),
        ...(link?.reattach && { link: { ...link, reattach: { ...link.reattach, ticket: redactionMark } } }),
      };
    }
    case 'http_request':
    case 'http_response': {
      const { headers_multi: several } = message;
      return {
        ...message,
        headers: mapValues(message.headers, (value, name) => shownHeader(name, value, redactor)),
        ...(several && { headers_multi: several.map(([name, value]) => [name, shownHeader(name, value, redactor)]) }),
      };
    }
    case 'stream_data':
      // A chunk may begin or end in the middle of a secret, which then nobody would find.
      return { ...message, data: `[${message.data.byteLength} bytes]` };
    default:
      return message;
  }
}

function shownHeader(name: string, value: string, redactor: Redactor): string {
  return credentialHeaders.has(name.toLowerCase()) || redactor.hidesKey(name) ? redactionMark : value;
}

function mapValues(
  texts: Readonly<Record<string, string>>,
  change: (text: string, key: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, change(text, key)]));
}

class Walk {
  readonly #redactor: Redactor;
  #left = mostShown;
  #levels = 0;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  fields(value: object): JsonValue {
    return this.#nested(() => {
      const entries = Object.entries(value).filter(([, member]) => member !== undefined);
      const shown = entries
        .slice(0, mostItems)
        .map(([key, member]) => [this.#text(key), this.#member(key, member)] as const);
      const more = entries.length - shown.length;
      return Object.fromEntries<JsonValue>(more > 0 ? [...shown, ['[more]', more]] : shown);
    });
  }

  #member(key: string, value: unknown): JsonValue {
    return this.#redactor.hidesKey(key) && !isHarmlessUnder(key, value) ? redactionMark : this.#value(value);
  }

  #value(value: unknown): JsonValue {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
      case 'bigint': {
        const text = String(value);
        return typeof value === 'number' && this.#redactor.redact(text) === text ? value : this.#text(text);
      }
      case 'boolean':
        return value;
      case 'object':
        return value === null ? null : this.#object(value);
      default:
        return null;
    }
  }

  #object(value: object): JsonValue {
    if (value instanceof Uint8Array) return this.#bytes(value);
    return Array.isArray(value) ? this.#list(value) : this.fields(value);
  }

  #list(items: readonly unknown[]): JsonValue {
    if (items.length > 0 && items.every(isByte) && hidesSecret(Uint8Array.from(items), this.#redactor))
      return redactionMark;
    return this.#nested(() => {
      const shown = items.slice(0, mostItems).map((item) => this.#value(item));
      return items.length > mostItems ? [...shown, `[${items.length - mostItems} more]`] : shown;
    });
  }

  #bytes(bytes: Uint8Array): JsonValue {
    const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, mostTextShown)).toString();
    // Cutting may have split the last character.
    const sure = bytes.byteLength > mostTextShown ? start.slice(0, -3) : start;
    return /[\0\ufffd]/.test(sure) || this.#left <= 0
      ? `[${bytes.byteLength} bytes]`
      : this.#take(shownText(bytes, mostTextShown, this.#redactor));
  }

  #text(text: string): string {
    return this.#left <= 0 ? '[…]' : this.#take(shownText(text, mostTextShown, this.#redactor));
  }

  #take(text: string): string {
    this.#left -= text.length;
    return text;
  }

  #nested(contents: () => JsonValue): JsonValue {
    if (this.#levels >= deepest || this.#left <= 0) return '[…]';
    this.#levels += 1;
    try {
      return contents();
    } finally {
      this.#levels -= 1;
    }
  }
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}
