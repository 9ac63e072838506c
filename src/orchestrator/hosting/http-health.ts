import { HttpUpstream } from '../../http/index.js';
import { moduleAddress } from './module-address.js';
import type { Quirk, WatchLimits } from './quirk.js';

/**
 * Modules of the Rust attribute macro read nothing after they have started: no heartbeat, no shutdown (DEFECTS R29, H6).
 * They are watched by `GET /health` on their own port, and stopped by SIGTERM at once.
 */
export function httpHealth(): Quirk {
  return { watch: watchHealth, askToEnd: (launched) => launched.terminate() };
}

/** Any answer below 500 says that the module lives: not every module has a health route. */
function watchHealth(listen: string, { intervalMs, missed }: WatchLimits, onSilence: (failure: string) => void) {
  const { host, port } = moduleAddress(listen);
  const upstream = new HttpUpstream(host, port);
  const stopped = new AbortController();
  let failures = 0;
  const ask = async () => {
    const isWell = await isHealthy(upstream, intervalMs, stopped.signal);
    if (stopped.signal.aborted) return;
    failures = isWell ? 0 : failures + 1;
    if (failures < missed) return;
    stop();
    onSilence(`failed ${missed} health checks in a row`);
  };
  const timer = setInterval(() => void ask(), intervalMs);
  const stop = () => {
    clearInterval(timer);
    stopped.abort();
    upstream.close();
  };
  void ask();
  return stop;
}

async function isHealthy(upstream: HttpUpstream, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    const request = { method: 'GET', uri: '/health', headers: { accept: '*/*' }, body: null };
    const response = await upstream.send(request, { timeoutMs, signal });
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}
