/** What this package was built from; `unknown` when it runs from its sources. */
export interface BuildInfo {
  readonly version: string;
  readonly gitHash: string;
  readonly buildTime: string;
  readonly node: string;
}

declare const __PYWATT_BUILD__: Omit<BuildInfo, 'node'> | undefined;

export const buildInfo: BuildInfo = {
  ...(typeof __PYWATT_BUILD__ === 'undefined'
    ? { version: '0.0.0-source', gitHash: 'unknown', buildTime: 'unknown' }
    : __PYWATT_BUILD__),
  node: process.versions.node,
};
