import { describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import { IsDate, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import {
  Body,
  Controller,
  Get,
  type HonoRequest,
  Params,
  Post,
  Query,
  Request as TheRequest,
} from '../../../src/http/index.js';
import { appOf } from './app-of.js';

class Item {
  @IsString() sku!: string;
}
class NewOrder {
  @IsString() sku!: string;
  @IsInt() @Min(1) quantity!: number;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Item) items?: Item[];
  @IsOptional() @Type(() => Date) @IsDate() due?: Date;
  @IsOptional() @Transform(({ value }) => (value as string).trim()) @IsString() note?: string;
}
class Page {
  @Type(() => Number) @IsInt() @Max(100) size = 10;
}
class WithoutRules {
  anything?: string;
}

@Controller('/orders')
class OrdersController {
  @Post('/') create(@Body(NewOrder) input: NewOrder) {
    return { isOrder: input instanceof NewOrder, due: input.due instanceof Date, input };
  }
  @Post('/reflected') reflected(@Body() input: NewOrder) {
    return { isOrder: input instanceof NewOrder };
  }
  @Post('/strip') strip(@Body(NewOrder, { unknownFields: 'strip' }) input: NewOrder) {
    return input;
  }
  @Post('/reject') reject(@Body(NewOrder, { unknownFields: 'reject' }) input: NewOrder) {
    return input;
  }
  @Post('/raw') raw(@Body({ validate: false }) input: unknown) {
    return { type: input instanceof Uint8Array ? 'bytes' : typeof input, input: input ?? null };
  }
  @Post('/without-rules') withoutRules(@Body(WithoutRules) input: WithoutRules) {
    return input;
  }
  @Post('/unchecked') unchecked(@Body() input: object) {
    return input;
  }
  @Post('/text') async text(@TheRequest() request: HonoRequest) {
    return (await request.text()).length;
  }
  @Post('/twice') twice(@Body(NewOrder) one: NewOrder, @Body({ validate: false }) two: object) {
    return [one.sku, two];
  }
  @Get('/page') page(@Query(Page) page: Page) {
    return page;
  }
  @Get('/page/:size') pageOf(@Params(Page) page: Page) {
    return page;
  }
}

const valid = { sku: 'a', quantity: 1 };
const orders = (options?: Parameters<typeof appOf>[1]) => appOf([OrdersController], options);
const post = (type: string | undefined, body: RequestInit['body']) => ({
  method: 'POST',
  body: type === undefined ? Buffer.from(body as string) : (body ?? null),
  ...(type && { headers: { 'content-type': type } }),
});

describe('A body', () => {
  it('arrives as an instance of its class, transformed', async () => {
    const { ask } = await orders();
    const response = await ask('/orders', { json: { ...valid, due: '2030-01-01' } });
    expect(await response.json()).toMatchObject({ isOrder: true, due: true, input: valid });
  });

  it('takes its class from the reflected type', async () => {
    const { ask } = await orders();
    expect(await (await ask('/orders/reflected', { json: valid })).json()).toEqual({ isOrder: true });
    expect((await ask('/orders/reflected', { json: {} })).status).toBe(400);
  });

  it('that is invalid is a 400 naming the fields, nested ones with their path, never the values', async () => {
    const { ask, logger } = await orders();
    const response = await ask('/orders', {
      json: { sku: 'hunter2', quantity: 'hunter2', items: [{ sku: 'x' }, { sku: 7 }, 'hunter2'] },
    });
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      error: 'validation failed',
      code: 'VALIDATION_FAILED',
      fields: [
        { field: 'quantity', messages: ['quantity must not be less than 1', 'quantity must be an integer number'] },
        { field: 'items[1].sku', messages: ['sku must be a string'] },
        { field: 'items[2]', messages: [expect.any(String)] },
      ],
    });
    expect(text).not.toContain('hunter2');
    expect(logger.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  it.each([
    ['an array', '[]'],
    ['a number', '7'],
    ['null', 'null'],
  ])('that is %s where an object is wanted is a 400', async (_what, json) => {
    const { ask } = await orders();
    expect((await ask('/orders', post('application/json', json))).status).toBe(400);
  });

  it('that is missing fails like an empty object', async () => {
    const { ask } = await orders();
    const response = await ask('/orders', { method: 'POST' });
    expect(response.status).toBe(400);
    expect((await response.json()) as object).toMatchObject({ fields: [{ field: 'sku' }, { field: 'quantity' }] });
  });

  it.each(['application/json', 'application/vnd.api+json; charset=utf-8', undefined])(
    'of malformed JSON (%s) is a 400 that does not quote it',
    async (type) => {
      const { ask } = await orders();
      const response = await ask('/orders', post(type, '{"sku": hunter2'));
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: 'the body is not valid JSON', code: 'BODY_MALFORMED' },
      ]);
    },
  );

  it('without a content type is taken for JSON', async () => {
    const { ask } = await orders();
    expect((await ask('/orders', post(undefined, JSON.stringify(valid)))).status).toBe(200);
  });

  it('may be a form', async () => {
    const { ask } = await orders();
    const form = new FormData();
    form.set('sku', 'a');
    const response = await ask('/orders', { method: 'POST', body: form });
    expect((await response.json()) as object).toMatchObject({ fields: [{ field: 'quantity' }] });
    expect(await (await ask('/orders/raw', post('application/x-www-form-urlencoded', 'a=1&b=2&b=3'))).json()).toEqual({
      type: 'object',
      input: { a: '1', b: ['2', '3'] },
    });
    expect((await ask('/orders', post('multipart/form-data; boundary=x', 'nonsense'))).status).toBe(400);
  });

  it('of another content type is a 415', async () => {
    const { ask } = await orders();
    const response = await ask('/orders', post('text/plain', JSON.stringify(valid)));
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      415,
      'BODY_TYPE_UNSUPPORTED',
    ]);
  });

  it('keeps, strips or rejects fields without a rule', async () => {
    const { ask } = await orders();
    const json = { ...valid, admin: true };
    expect(await (await ask('/orders', { json })).json()).toMatchObject({ input: json });
    expect(await (await ask('/orders/strip', { json })).json()).toEqual(valid);
    const rejected = await ask('/orders/reject', { json });
    expect((await rejected.json()) as object).toMatchObject({ fields: [{ field: 'admin' }] });
  });

  it('that makes a transform of its class throw is a 400, logged as a warning', async () => {
    const { ask, logger } = await orders();
    const response = await ask('/orders', { json: { ...valid, note: 7 } });
    expect([response.status, ((await response.json()) as { fields: unknown }).fields]).toEqual([400, []]);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('names at most 100 failed fields', async () => {
    const { ask } = await orders();
    const response = await ask('/orders', { json: { ...valid, items: Array.from({ length: 500 }, () => ({})) } });
    expect(((await response.json()) as { fields: unknown[] }).fields).toHaveLength(100);
  });

  it('may be read unchecked, by content type', async () => {
    const { ask } = await orders();
    expect(await (await ask('/orders/raw', { json: [1] })).json()).toEqual({ type: 'object', input: [1] });
    expect(await (await ask('/orders/raw', post('text/csv', 'a,b'))).json()).toEqual({ type: 'string', input: 'a,b' });
    expect(await (await ask('/orders/raw', post('application/pdf', 'x'))).json()).toMatchObject({ type: 'bytes' });
    expect(await (await ask('/orders/raw', { method: 'POST' })).json()).toEqual({ type: 'undefined', input: null });
    expect((await ask('/orders/raw', post('application/json', '{'))).status).toBe(400);
  });

  it('may be asked for by two parameters', async () => {
    const { ask } = await orders();
    expect(await (await ask('/orders/twice', { json: valid })).json()).toEqual(['a', valid]);
  });

  it.each(['/orders/without-rules', '/orders/unchecked'])(
    'that nothing can check (%s) never reaches the handler',
    async (path) => {
      const { ask, logger } = await orders();
      expect((await ask(path, { json: { anything: 'x' } })).status).toBe(500);
      expect(logger.errors()).toHaveLength(1);
    },
  );
});

describe('A body that is too large', () => {
  const large = { ...valid, sku: 'x'.repeat(2000) };
  const stream = (text: string) => new Blob([text]).stream();

  it.each([
    ['checked', '/orders'],
    ['read by the handler itself', '/orders/text'],
  ])('is a 413 when it is %s', async (_what, path) => {
    const { ask, logger } = await orders({ maxBodyBytes: 1000 });
    const response = await ask(path, { json: large });
    expect([response.status, await response.json()]).toEqual([
      413,
      { error: 'the body is larger than 1000 bytes', code: 'BODY_TOO_LARGE', maxBytes: 1000 },
    ]);
    expect(logger.errors()).toEqual([]);
  });

  it('is refused unread when it says so', async () => {
    const { ask } = await orders({ maxBodyBytes: 1000 });
    let pulled = 0;
    const body = new ReadableStream({ pull: (controller) => (pulled++, controller.close()) }, { highWaterMark: 0 });
    const init = {
      method: 'POST',
      body,
      duplex: 'half' as const,
      headers: { 'content-length': '2000', 'content-type': 'application/json' },
    };
    expect((await ask('/orders', init)).status).toBe(413);
    expect(pulled).toBe(0);
  });

  it('at the limit exactly is not', async () => {
    const text = JSON.stringify(valid);
    const { ask } = await orders({ maxBodyBytes: text.length });
    const init = {
      method: 'POST',
      body: stream(text),
      duplex: 'half' as const,
      headers: { 'content-type': 'application/json' },
    };
    expect((await ask('/orders', init)).status).toBe(200);
  });
});

describe('Query and path parameters', () => {
  it('may be checked by a class', async () => {
    const { ask } = await orders();
    expect(await (await ask('/orders/page?size=20')).json()).toEqual({ size: 20 });
    expect(await (await ask('/orders/page')).json()).toEqual({ size: 10 });
    expect(await (await ask('/orders/page/30')).json()).toEqual({ size: 30 });
    const refused = await ask('/orders/page?size=many');
    expect([refused.status, (await refused.json()) as object]).toMatchObject([400, { fields: [{ field: 'size' }] }]);
  });
});
