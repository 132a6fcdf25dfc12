/**
 * Runs a command of the project's own packages, installing them first where they are missing or out of date: a
 * fresh clone needs no step before `npm test` and `npm run demo`. Plain JavaScript: nothing is installed yet.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const oldestNode = [20, 19];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  console.error(`Cain needs Node ${oldestNode.join('.')} or later; this is ${process.version}.`);
  process.exit(1);
}
if (!isInstalled()) {
  console.log('Installing packages …');
  // Not `npm ci`: npm 11's finds no packages of other platforms in a lock file that names no registry.
  run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
}
const [command = '', ...args] = process.argv.slice(2);
run(command, args, {
  PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  // Its notice of what Node later versions need is no news to who runs the tests.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

function isInstalled() {
  const marker = join(root, 'node_modules', '.package-lock.json');
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function run(program, programArgs, extraEnv = {}) {
  // Ctrl-C reaches the child by itself; this process must outlive it to pass on its exit code.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  process.on('SIGTERM', ignore);
  const { status, signal, error } = spawnSync(program, programArgs, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...extraEnv },
  });
  process.off('SIGINT', ignore);
  process.off('SIGTERM', ignore);
  if (error) console.error(`${program}: ${error.message}`);
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}
