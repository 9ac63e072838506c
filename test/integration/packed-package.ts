import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a project that has installed this package sees. */
export interface PackedPackage extends Disposable {
  /** An empty project whose node_modules hold the unpacked tarball and what it declares to need, nothing else of ours. */
  readonly project: string;
  readonly installed: string;
  /** The paths in the tarball. */
  readonly files: readonly string[];
}

/** Packs a copy of this repository as `npm publish` would, and unpacks it into a project; uses no network. */
export function packAndInstall(): PackedPackage {
  const folder = mkdtempSync(join(tmpdir(), 'pywatt-package-'));
  const checkout = join(folder, 'checkout');
  const project = join(folder, 'project');
  const installed = join(project, 'node_modules/@pywatt/sdk');
  // A copy: packing builds, and other tests are using this checkout's dist.
  for (const path of [
    'src',
    'scripts',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'test',
  ]) {
    if (existsSync(root + path)) cpSync(root + path, join(checkout, path), { recursive: true });
  }
  symlinkSync(`${root}node_modules`, join(checkout, 'node_modules'));
  const { stdout, stderr, status } = spawnSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: checkout,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm pack failed:\n${stdout}\n${stderr}`);
  const tarball = /"filename": "(?<name>[^"]+\.tgz)"/.exec(stdout)?.groups?.['name'] ?? '';
  const listed = execFileSync('tar', ['-tzf', join(folder, tarball)], { encoding: 'utf8' });
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components=1']);
  linkDependencies(project, installed);
  return {
    project,
    installed,
    files: listed
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, '')),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Links what the package declares, as npm would have installed it, from this checkout's node_modules. */
function linkDependencies(project: string, installed: string): void {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'peerDependencies',
    object
  >;
  const names = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies), '@types/node'];
  for (const name of names) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(`${root}node_modules/${name}`, link);
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }));
}
