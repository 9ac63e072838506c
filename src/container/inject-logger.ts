import type { Logger } from '../foundation/index.js';
import { type InjectDecorator, injectKey } from './inject.js';
import { resourceToken, type Token } from './token.js';

/** The logger of the module; the composition root binds it. */
export const loggerToken: Token<Logger> = resourceToken<Logger>({ kind: 'logger', name: 'default' });

/** Injects the module's logger. */
export function InjectLogger(): InjectDecorator {
  return injectKey('@InjectLogger', loggerToken);
}
