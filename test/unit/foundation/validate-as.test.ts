import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { plainOf, validateAs } from '../../../src/foundation/index.js';

class Item {
  @IsInt() count!: number;
}
class Order {
  @IsString() @Transform(({ value }) => (value as string).trim()) sku!: string;
  @ValidateNested({ each: true }) @Type(() => Item) items!: Item[];
}

describe('validateAs', () => {
  it('makes instances, nested ones too', async () => {
    const validated = await validateAs(Order, { sku: ' a ', items: [{ count: 1 }] });
    expect(validated).toEqual({ kind: 'valid', value: { sku: 'a', items: [{ count: 1 }] } });
    expect(validated.kind === 'valid' && validated.value.items[0]).toBeInstanceOf(Item);
  });

  it('names each field that failed by its path, without its value', async () => {
    const validated = await validateAs(Order, { sku: 'a', items: [{ count: 1 }, { count: 'secret' }] });
    expect(validated).toEqual({
      kind: 'invalid',
      fields: [{ field: 'items[1].count', messages: ['count must be an integer number'] }],
    });
  });

  it('takes a transform that stumbles as invalid, and what is no object', async () => {
    expect(await validateAs(Order, { sku: 5 })).toMatchObject({
      kind: 'invalid',
      fields: [],
      cause: expect.any(Error),
    });
    for (const plain of [null, [], 'text', undefined])
      expect(await validateAs(Order, plain)).toMatchObject({ kind: 'invalid', fields: [{ field: '' }] });
  });

  it('says when a class has no rules', async () => {
    expect(await validateAs(class Empty {}, {})).toEqual({ kind: 'unruled' });
  });

  it('reports at most a hundred fields', async () => {
    const items = Array.from({ length: 200 }, () => ({ count: 'x' }));
    const validated = await validateAs(Order, { sku: 'a', items });
    expect(validated.kind === 'invalid' && validated.fields).toHaveLength(100);
  });
});

describe('plainOf', () => {
  it('makes plain objects of instances', async () => {
    const plain = await plainOf(Object.assign(new Order(), { sku: 'a', items: [new Item()] }));
    expect(Object.getPrototypeOf((plain as Order).items[0])).toBe(Object.prototype);
  });
});
