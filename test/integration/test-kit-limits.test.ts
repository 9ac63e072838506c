import { describe, expect, it } from '@jest/globals';
import { Module } from '@pywatt/sdk';
import { Controller, Post, Request } from '@pywatt/sdk/http';
import { testModule } from '@pywatt/sdk/testing';

@Controller('/sizes')
class Sizes {
  @Post('/') async size(@Request() request: globalThis.Request) {
    return { bytes: (await request.arrayBuffer()).byteLength };
  }
}

@Module({ id: 'sizes', controllers: [Sizes] })
class SizesModule {}

const post = (bytes: number) => ({ method: 'POST', body: new Uint8Array(bytes) });

describe.each([
  ['direct', () => testModule(SizesModule)],
  ['proxied', () => testModule(SizesModule).proxied()],
])('the limits of a module in a test, %s', (_world, prepare) => {
  it('let a body up to maxBody through and refuse a longer one', async () => {
    await using app = await prepare().maxBody('200kb').streams({ window: '64kb', chunk: '1kb' }).boot();
    expect(await (await app.request('/sizes', post(200 * 1024))).json()).toEqual({ bytes: 200 * 1024 });
    expect((await app.request('/sizes', post(200 * 1024 + 1))).status).toBe(413);
  });
});

describe('the limits of streams', () => {
  it('fail the boot when they are none, naming the option', async () => {
    await expect(testModule(SizesModule).proxied().streams({ chunk: 'some' }).boot()).rejects.toThrow('streams.chunk');
  });
});
