import { messageOf } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';

/** Throws CONFIGURATION, naming the package, when it is not installed. */
export async function loadDriver<T>(importing: () => Promise<unknown>, packageName: string, name: string): Promise<T> {
  try {
    const loaded = await importing();
    return ((loaded as { default?: T }).default ?? loaded) as T;
  } catch (cause) {
    const message = `database '${name}' needs the package ${packageName}: npm install ${packageName} (${messageOf(cause)})`;
    throw new DatabaseError('CONFIGURATION', message, { cause });
  }
}
