import { inspect } from 'node:util';

const shortestPart = 4;
const shortestJsonString = 8;
const saysNothing = /^(?:true|false|null|[-+.\d]{0,3})$/i;

/**
 * Every text under which a secret value is hidden: itself, its lines (captured output comes line by line), its parts
 * when it is JSON or a URL, and the encodings that programs apply without being asked: JSON (also in ASCII alone, and
 * once more inside JSON), `util.inspect`, base64, base64url, percent-encoding of URLs and of forms. Empty for values so ordinary that hiding them would blank unrelated text everywhere:
 * nothing, booleans, numbers of up to three digits.
 */
export function redactionForms(value: string): ReadonlySet<string> {
  const forms = new Set<string>();
  if (saysNothing.test(value)) return forms;
  for (const text of new Set([value, ...partsOf(value)])) {
    forms.add(text);
    const json = jsonText(text);
    forms.add(json);
    forms.add(jsonText(json));
    forms.add(json.replaceAll(/[\u0080-\uffff]/g, unicodeEscape));
    forms.add(inspect(text).slice(1, -1));
    forms.add(attempt(() => encodeURIComponent(text), text));
    forms.add(new URLSearchParams([['', text]]).toString().slice(1));
  }
  const base64 = Buffer.from(value).toString('base64');
  forms.add(base64);
  forms.add(base64.replace(/=+$/, ''));
  forms.add(Buffer.from(value).toString('base64url'));
  return forms;
}

function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As Python, among others, writes JSON. */
function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function* partsOf(value: string): Iterable<string> {
  if (/[\r\n]/.test(value)) {
    for (const line of value.split(/[\r\n]+/)) if (line.trim().length >= shortestPart) yield line.trim();
  }
  if (/^\s*[[{]/.test(value)) yield* jsonStrings(attempt(() => JSON.parse(value) as unknown, undefined));
  if (value.includes('://') && URL.canParse(value)) {
    const { href, password } = new URL(value);
    yield href;
    if (password.length >= shortestPart) {
      yield password;
      yield attempt(() => decodeURIComponent(password), password);
    }
  }
}

function* jsonStrings(json: unknown): Iterable<string> {
  if (typeof json === 'string' && json.length >= shortestJsonString) yield json;
  if (typeof json === 'object' && json !== null) for (const item of Object.values(json)) yield* jsonStrings(item);
}

/** What `work` returns, or `fallback` where the text is not of its kind. */
function attempt<T>(work: () => T, fallback: T): T {
  try {
    return work();
  } catch {
    return fallback;
  }
}
