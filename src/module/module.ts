import { type ModuleOptions, moduleOptions } from '../container/index.js';

/** Declares a module. The class itself is injectable like any provider and may have lifecycle hooks. */
export function Module(options: ModuleOptions): ClassDecorator {
  return (target) => moduleOptions.add(target, options);
}

/** Runs after everything is connected and created, in the order of dependence, before the first request. */
export interface OnStart {
  onStart(): Promise<void> | void;
}

/**
 * Runs when the module stops, after the last request, in the reverse order; connections are still open. Also when a boot
 * fails after the instance was created, whether its `onStart` had run or not.
 */
export interface OnStop {
  onStop(): Promise<void> | void;
}
