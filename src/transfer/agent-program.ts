import { readFileSync } from 'node:fs';

/** Joined in this order; they lie beside this file, and beside the bundle. */
const parts = ['agent-http.py', 'agent-work.py', 'agent-upload.py', 'agent-download.py'] as const;

let program: Buffer | undefined;

/** The Python program that Cain sends into a container, whole. */
export function agentProgram(): Buffer {
  program ??= Buffer.concat(parts.map((name) => readFileSync(new URL(`./${name}`, import.meta.url))));
  return program;
}

/** Reads just the program from stdin, and leaves what follows to it. */
const bootstrap = `
import os, sys
left = int(sys.argv[1])
text = b''
while left > 0:
    data = os.read(0, left)
    if not data:
        os._exit(3)
    text += data
    left -= len(data)
exec(compile(text, 'cain', 'exec'))
`;

/** At the lowest priority, for the database's sake; without what the container's environment says to Python. */
const startScript = `
command -v python3 >/dev/null 2>&1 || { echo 'there is no python3' >&2; exit 127; }
set -- python3 -I -B -S -c "$2" "$1"
command -v ionice >/dev/null 2>&1 && set -- ionice -c3 "$@"
command -v nice >/dev/null 2>&1 && set -- nice -n 19 "$@"
exec "$@"
`;

/** The command of an exec whose stdin begins with the program. Nothing in it is secret. `name` tells what it is for. */
export function agentCommand(name = 'cain-agent'): readonly string[] {
  return ['sh', '-c', startScript, name, String(agentProgram().length), bootstrap];
}
