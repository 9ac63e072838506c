import type { HonoRequest } from 'hono';
import { HttpError } from './http-error.js';

type Fields = Record<string, unknown>;

/**
 * The body of a request by its content type: JSON parsed (also when no type is given), a form as an object whose
 * repeated fields are arrays, and where `wanted` is `any` also text as a string and the rest as bytes. An empty body is
 * undefined. Throws BODY_MALFORMED, or BODY_TYPE_UNSUPPORTED where only named fields are of use.
 */
export async function readBody(request: HonoRequest, wanted: 'fields' | 'any'): Promise<unknown> {
  const type = (request.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === '' || type === 'application/json' || type.endsWith('+json')) return parseJson(await request.text());
  if (type === 'application/x-www-form-urlencoded') return fieldsOf(new URLSearchParams(await request.text()));
  if (type === 'multipart/form-data') return fieldsOf(await readForm(request));
  if (wanted === 'fields') {
    throw new HttpError(
      'BODY_TYPE_UNSUPPORTED',
      'the content type of the body is not supported here: send application/json',
    );
  }
  if (type.startsWith('text/')) return request.text();
  return new Uint8Array(await request.arrayBuffer());
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw new HttpError('BODY_MALFORMED', 'the body is not valid JSON');
  }
}

async function readForm(request: HonoRequest): Promise<FormData> {
  try {
    return await request.formData();
  } catch (cause) {
    if (HttpError.is(cause)) throw cause;
    throw new HttpError('BODY_MALFORMED', 'the body is not a valid multipart form');
  }
}

function fieldsOf(entries: Iterable<[string, unknown]>): Fields {
  const fields = new Map<string, unknown>();
  for (const [name, value] of entries) {
    const known = fields.get(name);
    fields.set(name, known === undefined ? value : [known, value].flat());
  }
  return Object.fromEntries(fields);
}
