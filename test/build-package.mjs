import { buildPackage } from '../scripts/build.mjs';

/** Builds dist once before the tests, so that child processes and workers never run a stale build. */
export default async function buildOnce() {
  await buildPackage();
}
