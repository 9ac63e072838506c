import { describe, expect, it } from '@jest/globals';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { readModuleConfigs } from '../../../src/module/module-config.js';

class Settings {
  @IsInt() @Min(1) @Max(10) maxQuantity = 5;
  @IsString() shopName!: string;
  @IsBoolean() isOpen = false;
  @IsOptional() @IsArray() tags?: string[];
}

describe('config classes', () => {
  it('are filled from upper-case variables, with their defaults kept', async () => {
    const configs = await readModuleConfigs([Settings], { SHOP_NAME: 'tea', IS_OPEN: 'true', TAGS: 'a, b' });
    expect(configs.get(Settings)).toEqual({ maxQuantity: 5, shopName: 'tea', isOpen: true, tags: ['a', 'b'] });
    expect(configs.get(Settings)).toBeInstanceOf(Settings);
  });

  it('report every wrong field of every class at once, with the variable to set', async () => {
    class Other {
      @IsInt() port!: number;
    }
    const failure = readModuleConfigs([Settings, Other], { MAX_QUANTITY: '99', IS_OPEN: 'perhaps', PORT: 'eighty' });
    await expect(failure).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const message = await failure.catch((error: Error) => error.message);
    for (const part of [
      'Settings.maxQuantity (MAX_QUANTITY) is wrong',
      'Settings.shopName (SHOP_NAME) is not set',
      'IS_OPEN',
      'Other.port (PORT) is wrong',
    ]) {
      expect(message).toContain(part);
    }
    expect(message).not.toContain('perhaps');
  });
});
