/**
 * A reader of the output that went away (`| head`, a log collector that restarts) is no reason to fail, nor to stop
 * serving: writes to it are lost from then on.
 */
export function tolerateLostReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
