import { type Cache, InjectCache, Module, runModule } from '@pywatt/sdk';
import { Body, Controller, Post } from '@pywatt/sdk/http';
import { IsInt, IsString } from 'class-validator';
import type { StampedeAnswer, StampedeRequest } from '../stampede.js';

class Asked implements StampedeRequest {
  @IsString() key!: string;
  @IsInt() callers!: number;
  @IsInt() loadMs!: number;
}

/** Asks for one entry from many callers at once; the orchestrator around it decides whose cache that is. */
@Controller('/')
class StampedeController {
  constructor(@InjectCache() private readonly cache: Cache) {}

  @Post('/ask') async ask(@Body(Asked) { key, callers, loadMs }: Asked): Promise<StampedeAnswer> {
    let loads = 0;
    const load = async () => {
      loads += 1;
      await new Promise((resolve) => setTimeout(resolve, loadMs));
      return { loadedBy: process.pid };
    };
    const from = performance.now();
    const values = await Promise.all(Array.from({ length: callers }, () => this.cache.getOrSet(key, load)));
    return { loads, ms: performance.now() - from, loadedBy: [...new Set(values.map(({ loadedBy }) => loadedBy))] };
  }
}

@Module({ id: process.env['PYWATT_MODULE_ID'] ?? 'stampede', controllers: [StampedeController] })
class StampedeModule {}

await runModule(StampedeModule);
