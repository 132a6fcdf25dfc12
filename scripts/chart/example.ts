import { join } from 'node:path';
import { chartDir, helm } from './helm.ts';

const deploy = join(chartDir, '..', '..', 'deploy');

export const exampleFile = join(deploy, 'cain.yaml');

const head = `# Cain without Helm: the chart charts/cain, rendered with deploy/values.yaml. Made by \`npm run deploy:example\`; edit neither this file nor
# a copy by hand more than deploy/README.md says.
`;

/** The chart as one file for kubectl, without the hook that is its test and without Helm's own labels. */
export function renderExample(): string {
  const args = ['--namespace=cassandra', '--skip-tests', '--values', join(deploy, 'values.yaml')];
  const { isSuccess, stdout, stderr } = helm(['template', 'cain'], args);
  if (!isSuccess) throw new Error(`helm template failed: ${stderr}`);
  const lines = stdout
    .split('\n')
    .filter((line) => !/^\s*(helm\.sh\/chart:|app\.kubernetes\.io\/managed-by:)|^# Source:/.test(line));
  // Helm 4 leaves an empty line before the next object, Helm 3 does not.
  return `${head}${lines
    .join('\n')
    .replaceAll(/\n+---\n/g, '\n---\n')
    .trimEnd()}\n`;
}
