import type { Announce } from './cache.ts';
import { fetchDebianProgram } from './debian-program.ts';
import { findProgram } from './toolchain.ts';

/** prometheus or promtool: of PATH, else of Debian's package, which has both. */
export async function fetchPrometheus(
  program: 'prometheus' | 'promtool',
  announce: Announce,
): Promise<string | undefined> {
  const installed = findProgram(program);
  if (installed) return installed;
  const debianPackage = 'prometheus';
  return await fetchDebianProgram(
    { what: 'Prometheus', debianPackage, program, cacheName: 'prometheus' },
    announce,
  );
}
