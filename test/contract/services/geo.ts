import {
  type HandlerContext,
  type HandlersOf,
  defineService,
  operation,
  ServiceError,
  type ServiceOf,
} from '@pywatt/sdk';
import { Type } from 'class-transformer';
import { IsDate, IsInt, IsString, MaxLength, Min, ValidateNested } from 'class-validator';
import { ValueError } from '../../../src/foundation/index.js';

export class Place {
  @IsString() city!: string;
  @IsInt() @Min(0) floor!: number;
}

export class AnnotateRequest {
  @IsString() @MaxLength(20) text!: string;
  @IsDate() @Type(() => Date) at!: Date;
  @ValidateNested({ each: true }) @Type(() => Place) places!: Place[];
}

export class Annotation {
  @IsString() text!: string;
  @IsDate() @Type(() => Date) at!: Date;
  @IsInt() placeCount!: number;
}

export type Failure = 'error' | 'coded' | 'text' | 'value' | 'service';

/** A service with every kind of operation there is. */
export const Geo = defineService('geo', {
  locate: operation<{ ip: string }, { country: string; moduleId: string }>(),
  echo: operation<unknown, unknown>(),
  annotate: operation({ params: AnnotateRequest, result: Annotation }),
  misannotate: operation<{ placeCount: unknown }, Annotation>({ result: Annotation }),
  fail: operation<Failure>(),
  forget: operation(),
  /** Ends only when its signal aborts. */
  hang: operation({ timeout: '150ms' }),
  hangLong: operation(),
  seen: operation<void, Seen>(),
});
export type Geo = ServiceOf<typeof Geo>;

export interface Seen {
  readonly calls: number;
  readonly aborted: number;
}

/** Stateful, and a class: methods are called on their object. */
export class TestGeo implements HandlersOf<typeof Geo> {
  #calls = 0;
  #aborted = 0;
  running = 0;

  locate({ ip }: { ip: string }, { moduleId }: HandlerContext) {
    return { country: ip.startsWith('1') ? 'DE' : 'FR', moduleId };
  }

  async echo(value: unknown): Promise<unknown> {
    this.#calls += 1;
    return value;
  }

  annotate(request: AnnotateRequest): Annotation {
    this.#calls += 1;
    const isBuilt = request instanceof AnnotateRequest && request.places.every((place) => place instanceof Place);
    return { text: `${request.text} ${isBuilt}`, at: request.at, placeCount: request.places.length };
  }

  misannotate({ placeCount }: { placeCount: unknown }): Annotation {
    return { text: 'a', at: new Date(0), placeCount: placeCount as number };
  }

  async fail(how: Failure): Promise<void> {
    switch (how) {
      case 'error':
        throw new TypeError('the atlas is closed');
      case 'coded':
        throw Object.assign(new Error('no atlas there'), { code: 'ENOENT' });
      case 'text':
        // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what careless code does
        throw 'just text';
      case 'value':
        throw new ValueError('not a place', { retryable: true, details: { page: 3 } });
      case 'service':
        throw new ServiceError('BUSY', 'the geographer is out', { retryable: true, details: { backAt: 'noon' } });
    }
  }

  forget(): void {}

  hang(_nothing: void, { signal }: HandlerContext): Promise<void> {
    return this.#untilAborted(signal);
  }

  hangLong(_nothing: void, { signal }: HandlerContext): Promise<void> {
    return this.#untilAborted(signal);
  }

  seen(): Seen {
    return { calls: this.#calls, aborted: this.#aborted };
  }

  #untilAborted(signal: AbortSignal): Promise<void> {
    this.running += 1;
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.#aborted += 1;
        this.running -= 1;
        reject(signal.reason as Error);
      });
    });
  }
}
