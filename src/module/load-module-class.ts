import { pathToFileURL } from 'node:url';
import { type Class, moduleOptions } from '../container/index.js';
import { BootError, messageOf } from '../foundation/index.js';

/** The `@Module` class that a file exports: the only one, or the one with that id. Throws CONFIG_INVALID. */
export async function loadModuleClass(file: string, id: string): Promise<Class> {
  const found = modulesIn(await importFile(file));
  const withId = found.filter((candidate) => moduleOptions.of(candidate)[0]?.id === id);
  const [chosen] = found.length === 1 ? found : withId;
  if (chosen) return chosen;
  const what = found.length === 0 ? 'no @Module class' : `${found.length} @Module classes and none has the id '${id}'`;
  throw new BootError(
    'CONFIG_INVALID',
    `${file} exports ${what}: name the file that exports the class of '${id}', and start the pywatt of the @pywatt/sdk it imports`,
  );
}

async function importFile(file: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const cure =
      code === 'ERR_UNKNOWN_FILE_EXTENSION' || file.endsWith('.ts')
        ? "; build it and name the .js file, or start pywatt with NODE_OPTIONS='--import tsx'"
        : '';
    throw new BootError('CONFIG_INVALID', `${file} could not be imported: ${messageOf(error)}${cure}`, {
      cause: error,
    });
  }
}

function modulesIn(exports: object): Class[] {
  const classes = Object.values(exports).filter((value): value is Class => typeof value === 'function');
  return [...new Set(classes)].filter((candidate) => moduleOptions.of(candidate).length > 0);
}
