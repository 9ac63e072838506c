export { Auth } from './auth.js';
export type { AuthOptions } from './bearer-guard.js';
export { Body, type BodyOptions } from './body.js';
export { Claims } from './claims.js';
export { Controller, type ControllerOptions } from './controller.js';
export { HttpError } from './http-error.js';
export { Cookies, Headers, type Named, Params, Query, Request, Response } from './parameters.js';
export { All, Delete, Get, Head, Options, Patch, Post, Put, SetHeader, StatusCode } from './routes.js';
export type { ValidationOptions } from './validate-input.js';
export type { FailedField } from '../foundation/index.js';

/** What is between a request and a handler, and the answers a handler can throw or return, straight from http-core. */
export {
  AcceptedHttpResponse,
  ApplyMiddleware,
  BadGatewayHttpResponse,
  BadRequestHttpResponse,
  CatchError,
  ConflictHttpResponse,
  CreatedHttpResponse,
  type ErrorFilter,
  ErrorHttpResponse,
  ForbiddenHttpResponse,
  GoneHttpResponse,
  type Guard,
  HttpStatusCode,
  type Interceptor,
  type InterceptorTransformObject,
  InternalServerErrorHttpResponse,
  type Middleware,
  NoContentHttpResponse,
  NotFoundHttpResponse,
  OkHttpResponse,
  ServiceUnavailableHttpResponse,
  UnauthorizedHttpResponse,
  UnprocessableEntityHttpResponse,
  UseErrorFilter,
  UseGuard,
  UseInterceptor,
} from '@inversifyjs/http-core';
export type { Context, HonoRequest } from 'hono';

/** @internal For the composition roots. */
export { checkBodies } from './check-bodies.js';
/** @internal */
export { invalidRequest } from './error-response.js';
/** @internal */
export { checkGuards } from './claims.js';
/** @internal */
export { createHttpApp, type HttpApp, type HttpAppOptions } from './http-app.js';
/** @internal */
export {
  requestFromWire,
  requestHeadToWire,
  responseFromWire,
  responseHeadToWire,
  responseToWire,
  type WireRequest,
  type WireRequestHead,
  type WireResponse,
} from './http-over-wire.js';
/** @internal */
export { bodyToWire, requestBodyToWire, type WireBody } from './wire-body.js';
/** @internal */
export { type HttpServer, serveHttp, type ServeHttpOptions } from './serve-http.js';
/** @internal */
export type { HttpClient, HttpFetch } from './node-bridge.js';
/** @internal */
export { type HttpToUpstream, HttpUpstream } from './http-upstream.js';
