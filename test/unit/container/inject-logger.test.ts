import { describe, expect, it } from '@jest/globals';
import { Container } from 'inversify';
import { Injectable, InjectLogger, loggerToken } from '../../../src/container/index.js';
import type { Logger } from '../../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../../src/logging/index.js';

describe('@InjectLogger', () => {
  it('injects the logger bound to its token, into parameters and properties', () => {
    @Injectable()
    class Service {
      @InjectLogger() readonly property!: Logger;
      constructor(@InjectLogger() readonly parameter: Logger) {}
    }
    const logger = createLogger({ redactor: new SecretRedactor(), write: () => undefined });
    const container = new Container();
    container.bind(loggerToken).toConstantValue(logger);
    container.bind(Service).toSelf();
    const service = container.get(Service);
    expect(service.parameter).toBe(logger);
    expect(service.property).toBe(logger);
  });
});
