import {
  getClassMetadata,
  injectFromBase,
  type ClassElementMetadata,
  ClassElementMetadataKind,
} from '@inversifyjs/core';
import { injectable, LazyServiceIdentifier } from 'inversify';
import { messageOf } from '../foundation/index.js';
import { type Class, ClassMetadata } from './class-metadata.js';
import { decoratorProblems, placeOf } from './inject.js';
import type { Problem } from './problem.js';
import { describeKey, type InjectionKey } from './token.js';

/** One thing a provider asks for. */
export interface Dependency {
  readonly key: InjectionKey;
  readonly isOptional: boolean;
  /** `OrderService constructor parameter 2` or `OrderService.cache`. */
  readonly where: string;
}

/** What a class needs without injecting it, such as what its guards work with. */
export const requirements = new ClassMetadata<Dependency>();

// Inversify exports no question for these two; the keys are strings, the same in every copy of it.
const injectableFlag = '@inversifyjs/core/classIsInjectableFlagReflectKey';
const classMetadata = '@inversifyjs/core/classMetadataReflectKey';

interface Findings {
  readonly dependencies: readonly Dependency[];
  readonly problems: readonly Problem[];
}

/** Inversify completes the metadata of a class only once, so it is asked only once. */
const findings = new WeakMap<Class, Findings>();
const prepared = new WeakSet<Class>();

/** What a class injects, from inversify's own metadata; mistakes in its decorators go to `problems`. */
export function classDependencies(target: Class, problems: Problem[]): readonly Dependency[] {
  let found = findings.get(target);
  if (found === undefined) {
    const own: Problem[] = [];
    found = { dependencies: readDependencies(target, own), problems: own };
    findings.set(target, found);
  }
  problems.push(...found.problems);
  return found.dependencies;
}

function readDependencies(target: Class, problems: Problem[]): Dependency[] {
  const mistakes = decoratorProblems.of(target);
  if (mistakes.length > 0) {
    problems.push(...mistakes);
    return [];
  }
  try {
    prepare(target);
    const metadata = getClassMetadata(target);
    return [
      ...metadata.constructorArguments.flatMap((element, index) =>
        dependency(element, placeOf(target, undefined, index), problems),
      ),
      ...[...metadata.properties].flatMap(([property, element]) =>
        dependency(element, placeOf(target, property), problems),
      ),
      ...requirements.of(target),
    ];
  } catch (error) {
    problems.push({ code: 'BAD_DECORATOR', where: describeKey(target), message: undecorated(target, error) });
    return [];
  }
}

/** Completes inversify's metadata once per class: reflected types where there are any, and what its base class injects. */
function prepare(target: Class): void {
  if (prepared.has(target)) return;
  prepared.add(target);
  if (!Reflect.hasOwnMetadata(injectableFlag, target)) injectable()(target);
  const base = Object.getPrototypeOf(target) as Class | null;
  if (base === null || !injects(base)) return;
  prepare(base);
  // A subclass with a constructor of its own says itself what it injects there.
  injectFromBase({ extendConstructorArguments: target.length === 0, extendProperties: true })(target);
}

/** Whether a class or one of its bases has metadata of inversify's; foreign bases such as EventEmitter have none. */
function injects(target: object | null): boolean {
  if (target === null || target === Function.prototype) return false;
  return Reflect.hasOwnMetadata(classMetadata, target) || injects(Object.getPrototypeOf(target) as object | null);
}

function dependency(element: ClassElementMetadata, where: string, problems: Problem[]): Dependency[] {
  if (element.kind === ClassElementMetadataKind.unmanaged) return [];
  const key = LazyServiceIdentifier.is(element.value) ? element.value.unwrap() : element.value;
  if (key === undefined) {
    const message =
      'the type of this parameter is undefined, often because two files import each other; name it with @Inject(createToken(…)) or break the import cycle';
    problems.push({ code: 'BAD_DECORATOR', where, message });
    return [];
  }
  return [{ key: key as InjectionKey, isOptional: element.optional, where }];
}

function undecorated(target: Class, error: unknown): string {
  const indexes = undecoratedIndexes(messageOf(error));
  const numbers = indexes.map((index) => index + 1).join(', ');
  const which =
    indexes.length > 0 ? `constructor parameter${indexes.length > 1 ? 's' : ''} ${numbers}` : 'a constructor parameter';
  return `${which} of ${target.name} (of ${target.length}) ${indexes.length > 1 ? 'have' : 'has'} no inject decorator and no class type that could be reflected; write @Inject(TheClass) or another inject decorator`;
}

/** Inversify names single parameters, or, where only the last ones are missing, how many it found. */
function undecoratedIndexes(message: string): number[] {
  const count = /at least (\d+) arguments, found (\d+)/.exec(message);
  if (count) {
    const [wanted, had] = [Number(count[1]), Number(count[2])];
    return Array.from({ length: wanted - had }, (_, index) => had + index);
  }
  return [...message.matchAll(/index(?:es)? "?(\d+(?:", "\d+)*)"?/g)].flatMap((match) =>
    match[1]!.split('", "').map(Number),
  );
}
