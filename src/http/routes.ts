import {
  All as CoreAll,
  Delete as CoreDelete,
  Get as CoreGet,
  Head as CoreHead,
  type HttpStatusCode,
  Options as CoreOptions,
  Patch as CorePatch,
  Post as CorePost,
  Put as CorePut,
  SetHeader as CoreSetHeader,
  StatusCode as CoreStatusCode,
} from '@inversifyjs/http-core';
import { onMethod } from './decorator-place.js';

/**
 * Routes. `path` is added to the controller's; `:name` is a parameter, `:id{[0-9]+}` one with a pattern, `*` anything.
 * Routes are tried in the order they are written. What a handler returns becomes the answer: an object, an array or
 * null as JSON, a string, number or boolean as text, bytes and streams as they are, a web `Response` untouched, and
 * nothing as 204 unless a status is set.
 */
export const Get = (path?: string): MethodDecorator => onMethod('@Get', CoreGet(path));
export const Post = (path?: string): MethodDecorator => onMethod('@Post', CorePost(path));
export const Put = (path?: string): MethodDecorator => onMethod('@Put', CorePut(path));
export const Patch = (path?: string): MethodDecorator => onMethod('@Patch', CorePatch(path));
export const Delete = (path?: string): MethodDecorator => onMethod('@Delete', CoreDelete(path));
/** Answers HEAD in its own way; without it a HEAD request gets the headers of the matching `@Get`. */
export const Head = (path?: string): MethodDecorator => onMethod('@Head', CoreHead(path));
/** Answers OPTIONS in its own way; without it the answer is 204 with the methods of the path in `allow`. */
export const Options = (path?: string): MethodDecorator => onMethod('@Options', CoreOptions(path));
/** Answers every method. */
export const All = (path?: string): MethodDecorator => onMethod('@All', CoreAll(path));

/** The status of a successful answer; 200, or 204 when there is no body, without it. */
export const StatusCode = (status: HttpStatusCode): MethodDecorator => onMethod('@StatusCode', CoreStatusCode(status));

/** A header of every answer of this route, except of a web `Response` that the handler returns. */
export const SetHeader = (name: string, value: string): MethodDecorator =>
  onMethod('@SetHeader', CoreSetHeader(name, value));
