import type { NodeControl } from '../node-control.ts';
import type { ToolName } from '../result.ts';
import type { Bench, Tool, ToolOrWhy } from '../tool.ts';
import { cainTool } from './cain.ts';
import { esopTool } from './esop.ts';
import { fetchEsop } from './fetch-esop.ts';
import { fetchMedusa } from './fetch-medusa.ts';
import { limitTool } from './limit.ts';
import { medusaTool } from './medusa.ts';

export interface ToolParts {
  readonly names: readonly ToolName[];
  readonly control: NodeControl;
  readonly announce: (line: string) => void;
}

/** A tool that can't be had here says why, and the others go on without it. */
export async function makeTools(bench: Bench, parts: ToolParts): Promise<readonly ToolOrWhy[]> {
  const tools: ToolOrWhy[] = [];
  for (const name of parts.names) {
    tools.push(
      await makeTool(bench, name, parts).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        parts.announce(`${name} can't take part: ${why}`);
        return { name, why };
      }),
    );
  }
  return tools;
}

async function makeTool(bench: Bench, name: ToolName, { control, announce }: ToolParts): Promise<Tool> {
  switch (name) {
    case 'limit':
      return limitTool(bench);
    case 'cain-direct':
      return cainTool(bench, 'direct');
    case 'cain-exec':
      return cainTool(bench, 'exec');
    case 'medusa-default':
    case 'medusa-best':
      return await medusaTool(bench, name, { directory: await fetchMedusa(announce), control });
    case 'esop':
      return esopTool(bench, await fetchEsop(announce));
  }
}
