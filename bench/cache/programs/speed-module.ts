import { type Cache, InjectCache, Module, runModule } from '@pywatt/sdk';
import { Body, Controller, Post } from '@pywatt/sdk/http';
import { IsIn, IsInt } from 'class-validator';
import { Redis } from 'ioredis';
import { type SpeedContender, speedContenders, type SpeedRequest } from '../speed-contenders.js';

class Measurement implements SpeedRequest {
  @IsIn(Object.keys(speedContenders)) contender!: SpeedContender;
  @IsInt() count!: number;
  @IsInt() concurrency!: number;
}

const keys = 100;
const key = (index: number) => `user:${index % keys}`;
const value = 'v'.repeat(100);

/** Reads entries that are there; the orchestrator around it decides whose cache that is. */
@Controller('/')
class SpeedController {
  readonly #ways: Partial<Record<SpeedContender, (key: string) => Promise<unknown>>> = {};

  constructor(@InjectCache() private readonly cache: Cache) {}

  @Post('/measure') async measure(@Body(Measurement) { contender, count, concurrency }: Measurement): Promise<object> {
    const get = (this.#ways[contender] ??= await this.prepared(contender));
    // So that near hits are hits.
    for (let index = 0; index < keys; index += 1) await get(key(index));
    let started = 0;
    const lane = async () => {
      while (started < count) {
        started += 1;
        await get(key(started));
      }
    };
    const from = performance.now();
    await Promise.all(Array.from({ length: concurrency }, lane));
    return { ms: performance.now() - from };
  }

  private async prepared(contender: SpeedContender): Promise<(key: string) => Promise<unknown>> {
    if (contender !== 'ioredis') {
      for (let index = 0; index < keys; index += 1) await this.cache.setString(key(index), value);
      return (each) => this.cache.getString(each);
    }
    const client = new Redis(process.env['CACHE_URL'] ?? '');
    const prefix = 'pywatt-bench:';
    for (let index = 0; index < keys; index += 1) await client.set(prefix + key(index), value, 'EX', 3_600);
    return (each) => client.get(prefix + each);
  }
}

@Module({ id: process.env['PYWATT_MODULE_ID'] ?? 'speed', controllers: [SpeedController] })
class SpeedModule {}

await runModule(SpeedModule);
