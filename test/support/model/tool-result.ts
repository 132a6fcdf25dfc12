/** What a tool printed, and how it ended. */
export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export const silentSuccess: ToolResult = { stdout: '', stderr: '', exitCode: 0 };

/** nodetool's usage errors: on stdout, exit code 1. */
export function usageError(message: string, before = ''): ToolResult {
  const stdout = `${before}nodetool: ${message}\nSee 'nodetool help' or 'nodetool help <command>'.\n`;
  return { stdout, stderr: '', exitCode: 1 };
}

/** What the server threw: on stderr with its stack, exit code 2. */
export function serverError(exception: string, message: string, before = ''): ToolResult {
  const stack = `-- StackTrace --\n${exception}: ${message}\n\tat org.apache.cassandra.service.StorageService\n\n`;
  return { stdout: before, stderr: `error: ${message}\n${stack}`, exitCode: 2 };
}
