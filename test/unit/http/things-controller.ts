import { Readable } from 'node:stream';
import { Inject, Injectable } from '../../../src/container/index.js';
import {
  All,
  type Context,
  Controller,
  Cookies,
  CreatedHttpResponse,
  Delete,
  Get,
  type Guard,
  Head,
  Headers as Header,
  type HonoRequest,
  NotFoundHttpResponse,
  Options,
  Params,
  Patch,
  Post,
  Put,
  Query,
  Request as TheRequest,
  Response as TheResponse,
  SetHeader,
  StatusCode,
  UseGuard,
} from '../../../src/http/index.js';
import { appOf } from './app-of.js';

@Injectable()
export class Greeter {
  greet(name: string) {
    return `hello ${name}`;
  }
}

@Injectable()
export class NobodyPasses implements Guard<HonoRequest> {
  activate(request: HonoRequest) {
    return request.header('x-key') === 'open';
  }
}

/** What no client may see. */
export const secretCause = new Error('connect postgres://app:hunter2@db failed');

/** A route for each thing a handler can ask for and answer with. */
@Controller('/things')
export class ThingsController {
  constructor(@Inject(Greeter) private readonly greeter: Greeter) {}

  @Get('/hello/:name') hello(@Params('name') name: string) {
    return this.greeter.greet(name);
  }
  @Get('/both/:a/:b') both(@Params({ name: 'b' }) b: string, @Params() all: object) {
    return { b, all };
  }
  @Get('/query') query(@Query('page') page: string, @Query() all: object) {
    return { page, all };
  }
  @Get('/headers') headers(@Header('x-one') one: string, @Cookies('session') session: string) {
    return { one, session };
  }
  @Get('/request') request(@TheRequest() request: HonoRequest) {
    return { method: request.raw.method };
  }
  @Get('/context') context(@TheResponse() context: Context) {
    context.header('x-added', 'yes');
    return { plain: true };
  }
  @Get('/response') response() {
    return new Response('as it is', { status: 203, headers: { 'x-own': '1' } });
  }
  @Get('/bytes') bytes() {
    return new Uint8Array([0, 255]);
  }
  @Get('/readable') readable() {
    return Readable.from([Buffer.from('a'), Buffer.from('b')]);
  }
  @Get('/nothing') nothing() {}
  @Get('/nothing-but-200') @StatusCode(200) nothingBut200() {}
  @Get('/null') null() {
    return null;
  }
  @Get('/number') number() {
    return 7;
  }
  @Post('/made') @StatusCode(201) @SetHeader('x-kind', 'made') made() {}
  @Post('/created') created() {
    return new CreatedHttpResponse({ id: 1 });
  }
  @Get('/missing') missing() {
    throw new NotFoundHttpResponse({ error: 'no such thing' });
  }
  @Get('/missing-without-words') missingWithoutWords() {
    throw new NotFoundHttpResponse();
  }
  @Get('/broken') broken(): never {
    throw secretCause;
  }
  @Get('/broken-async') async brokenAsync(): Promise<never> {
    await Promise.resolve();
    throw secretCause;
  }
  @Get('/throws-text') throwsText(): never {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what careless code does
    throw 'hunter2';
  }
  @Get('/bigint') bigint() {
    return { count: 1n };
  }
  @Get('/parses') parses() {
    return JSON.parse('{') as object;
  }
  @UseGuard(NobodyPasses) @Get('/guarded') guarded() {
    return 'inside';
  }
  @Put('/one') put() {
    return 'put';
  }
  @Patch('/one') patch() {
    return 'patch';
  }
  @Delete('/one') delete() {
    return 'delete';
  }
  @Head('/probe') probe(@TheResponse() context: Context) {
    context.header('x-probe', 'yes');
  }
  @Get('/probe') probed() {
    return 'body';
  }
  @Options('/own-options') ownOptions() {
    return 'mine';
  }
  @All('/all') all(@TheRequest() request: HonoRequest) {
    return request.method;
  }
  @Get('/') list() {
    return ['list'];
  }
}

/** An app of `ThingsController`. */
export const things = () => appOf([ThingsController], { providers: [Greeter, NobodyPasses] });
