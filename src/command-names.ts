/** Every command of Cain, in the order in which help shows them. The first is the default. */
export const commandNames = [
  'backup',
  'restore',
  'prune',
  'list',
  'verify',
  'schema',
  'preflight',
  'version',
] as const;

export type CommandName = (typeof commandNames)[number];

export const defaultCommand: CommandName = 'backup';

export function isCommandName(text: string): text is CommandName {
  return (commandNames as readonly string[]).includes(text);
}
