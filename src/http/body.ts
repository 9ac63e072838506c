import { createCustomParameterDecorator } from '@inversifyjs/http-core';
import type { HonoRequest } from 'hono';
import { type Class, ClassMetadata } from '../container/index.js';
import { onParameter } from './decorator-place.js';
import { readBody } from './read-body.js';
import { validateInput, type ValidationOptions } from './validate-input.js';

export interface BodyOptions extends ValidationOptions {
  /** `false` hands over the body as it came, parsed but unchecked. Default true. */
  readonly validate?: boolean;
}

/** One `@Body` as it is written; `target` is the prototype that has the method. */
export interface BodyDeclaration extends BodyOptions {
  readonly target: object;
  readonly method: string | symbol;
  readonly index: number;
  /** The class that was named. */
  readonly type?: Class | undefined;
}

export const bodyDeclarations = new ClassMetadata<BodyDeclaration>();

/**
 * The body of the request as an instance of `type`, built by class-transformer and checked by class-validator. An
 * invalid one is answered with 400 and the failed fields, malformed JSON with 400, another content type than JSON or a
 * form with 415. Without `type` the reflected type of the parameter is taken, where the compiler reflects it.
 */
export function Body(type?: Class, options?: BodyOptions): ParameterDecorator;
export function Body(options: BodyOptions): ParameterDecorator;
export function Body(typeOrOptions?: Class | BodyOptions, options: BodyOptions = {}): ParameterDecorator {
  const [type, settings] =
    typeof typeOrOptions === 'function' ? [typeOrOptions, options] : [undefined, typeOrOptions ?? options];
  return onParameter('@Body', (target, method, index) => {
    const declaration: BodyDeclaration = { ...settings, target, method, index, type };
    bodyDeclarations.add(target.constructor, declaration);
    createCustomParameterDecorator((request: HonoRequest) => bodyFor(declaration, request))(target, method, index);
  });
}

async function bodyFor(declaration: BodyDeclaration, request: HonoRequest): Promise<unknown> {
  if (declaration.validate === false) return readBody(request, 'any');
  const type = bodyType(declaration);
  if (type === undefined) throw new TypeError(`the body of ${String(declaration.method)} has no class to check it by`);
  return validateInput(type, (await readBody(request, 'fields')) ?? {}, declaration);
}

/** Types a compiler reflects where it knows no class with rules: for interfaces, unions, arrays and plain values. */
const withoutRules = new Set<unknown>([Object, Array, String, Number, Boolean, Promise, Map, Set, Function, undefined]);

/** The class a body is checked by: the one that was named, else the reflected one; undefined when neither is a class. */
export function bodyType({ type, target, method, index }: BodyDeclaration): Class | undefined {
  const reflected = Reflect.getMetadata('design:paramtypes', target, method) as unknown[] | undefined;
  const candidate = type ?? reflected?.[index];
  return withoutRules.has(candidate) ? undefined : (candidate as Class);
}
