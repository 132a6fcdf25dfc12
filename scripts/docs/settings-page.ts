import { flagNameOf } from '../../src/settings/flags.ts';
import { formerSettings } from '../../src/settings/former-settings.ts';
import { text } from '../../src/settings/kinds.ts';
import { type Setting, secretFileEnv } from '../../src/settings/setting.ts';
import { settingGroups } from '../../src/settings/table.ts';
import { generatedNote, markdownTable } from './table.ts';

const introduction = `
Each setting is an environment variable and, unless it is a secret, a flag. The flag wins. An empty variable counts as
unset. An unknown \`CAIN_\` variable or flag is an error, and so is a wrong value: all mistakes are named at once, before
anything is touched (exit code 2). A variable that the command has no use for is checked and otherwise ignored, so that
one environment serves backup, prune and restore alike.

- **Durations**: \`30s\`, \`5m\`, \`24h\`, \`7d\`, \`2w\`, \`1h30m\`. A number without a unit is refused.
- **Sizes**: \`8388608\`, \`8MiB\`, \`8Mi\`, \`1.5GiB\`, \`100MB\`.
- **Switches**: \`true\` or \`false\`; \`--full\` alone means true, \`--roles=false\` turns off.
- **Lists**: separated by commas; a flag given several times adds up. Of any other flag the last counts.
- **Secrets** are never flags, because a flag is in the process list. \`<NAME>_FILE\` names a mounted file instead; one
  newline at its end is dropped.

Credentials for S3 are found by the AWS SDK's default chain (\`AWS_ACCESS_KEY_ID\`, web identity, instance roles, ...),
those for Kubernetes in \`KUBECONFIG\`, then \`~/.kube/config\`, then the pod's service account.
`.trim();

/** docs/settings.md */
export function settingsPage(): string {
  const former = formerSettings.map(({ env, flag, why }) => [`\`${env}\``, `\`--${flag}\``, why]);
  return [
    generatedNote,
    '',
    '# Settings',
    '',
    introduction,
    ...settingGroups.flatMap(({ title, rows }) => [
      '',
      `## ${title}`,
      '',
      ...markdownTable(['Setting', 'Default', 'Meaning', 'Used by'], rows.map(settingRow)),
    ]),
    '',
    '## Former settings',
    '',
    'Names of earlier releases that still work or are ignored, with a warning.',
    '',
    ...markdownTable(['Variable', 'Flag', 'What to do'], former),
    '',
  ].join('\n');
}

function settingRow(row: Setting): string[] {
  return [`\`${row.env}\`<br>${flagText(row)}`, defaultText(row), meaning(row), row.usedBy.join(', ')];
}

function flagText(row: Setting): string {
  const name = row.flag ?? flagNameOf(row.env);
  if (row.kind.isSecret) return `or \`${secretFileEnv(row)}\`, \`--${name}-file\``;
  if (typeof row.short === 'object') {
    const letters = Object.entries(row.short).map(([command, letter]) => ` \`-${letter}\` (${command})`);
    return `\`--${name}\`${letters.join('')}`;
  }
  return `\`--${name}\`${row.short === undefined ? '' : ` \`-${row.short}\``}`;
}

function defaultText(row: Setting): string {
  return row.default === undefined ? (row.unset ?? '') : `\`${row.default}\``;
}

function meaning(row: Setting): string {
  const required = row.requiredBy === undefined ? '' : ` Required by ${row.requiredBy.join(' and ')}.`;
  const isPlain =
    row.kind.isSecret || row.kind.placeholder === undefined || row.kind.wanted === text().wanted;
  const wanted = isPlain ? '' : ` Wanted: ${row.kind.wanted}.`;
  return `${row.help}.${wanted}${required}`;
}
