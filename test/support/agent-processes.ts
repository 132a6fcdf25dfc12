import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of the programs that Cain sent into containers whose home lies below `dir`: other tests run on this machine too. */
export function agentProcesses(dir: string): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!command.includes("compile(text, 'cain'")) return [];
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(dir) ? [command] : [];
    } catch {
      return [];
    }
  });
}
