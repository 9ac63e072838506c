import type { HttpApp, HttpAppOptions } from '../http/index.js';

/** What a module without controllers serves. */
const healthOnly = [{ path: '/health', methods: ['GET'] }];

/** The HTTP side of a module. Without controllers it is loaded by the first request, so that the module starts faster. */
export async function openModuleHttp(options: HttpAppOptions): Promise<HttpApp> {
  const open = async () => {
    const { createHttpApp } = await import('../http/index.js');
    return createHttpApp(options);
  };
  if (options.controllers.length > 0) return open();
  let app: Promise<HttpApp> | undefined;
  return {
    routes: healthOnly,
    fetch: async (request) => (await (app ??= open())).fetch(request),
  };
}
