import { type Coverage, coverage } from '../../cassandra/coverage.ts';
import { parseReplication } from '../../cassandra/replication.ts';
import type { Ring } from '../../cassandra/ring.ts';
import type { SchemaKeyspace } from '../../cassandra/schema.ts';
import { CainError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { type CoverageLevel, coverageLevels } from '../../store/manifest.ts';
import type { ClusterSurvey } from '../preflight/survey-cluster.ts';

/**
 * Step 8, and a first look before anything is taken: how much of the chosen keyspaces' data the nodes that take part
 * hold. Throws CAIN_COVERAGE when it is less than CAIN_COVERAGE demands, or when a pod is outside of the ring: two
 * rings of one name would make one backup that no ring can take back. What is less than whole is told to `log`.
 */
export function checkCoverage(
  survey: ClusterSurvey,
  ring: Ring,
  keyspaces: readonly SchemaKeyspace[],
  demanded: CoverageLevel,
  log?: Logger,
): CoverageLevel {
  checkMembership(survey, ring);
  const found = coverage({
    ring: { partitioner: survey.partitioner, nodes: ring.nodes },
    replications: Object.fromEntries(
      keyspaces.map(({ name, replication }) => [name, parseReplication(name, replication)]),
    ),
    presentHostIds: new Set(survey.nodes.map(({ hostId }) => hostId)),
  });
  const level = coverageLevels.find((known) => known === found.verdict);
  if (level && coverageLevels.indexOf(level) <= coverageLevels.indexOf(demanded)) {
    if (level !== 'whole') {
      log?.warn('Nodes are missing, and CAIN_COVERAGE accepts a backup without them', {
        coverage: level,
        missing: reasons(survey, ring, found),
      });
    }
    return level;
  }
  throw new CainError(
    'CAIN_COVERAGE',
    `Coverage is ${found.verdict}, CAIN_COVERAGE demands ${demanded}: ${reasons(survey, ring, found)}`,
    {
      hint: 'Bring the missing nodes up; the Job is tried again. CAIN_COVERAGE=quorum or single accepts less, and the backup says so.',
      retryable: true,
    },
  );
}

function checkMembership({ nodes }: ClusterSurvey, ring: Ring): void {
  const members = new Set(ring.nodes.map(({ hostId }) => hostId));
  const strangers = nodes.filter(({ hostId }) => !members.has(hostId));
  if (strangers.length === 0) return;
  const names = strangers.map(({ pod, hostId }) => `${pod.name} (${hostId})`).join(', ');
  throw new CainError(
    'CAIN_COVERAGE',
    `Pods are no members of the ring that pod ${nodes[0]?.pod.name} sees: ${names}`,
    {
      hint: 'Narrow CAIN_SELECTOR where it takes the pods of two rings; remove the pod of a node that was decommissioned.',
      retryable: true,
    },
  );
}

function reasons({ absent }: ClusterSurvey, ring: Ring, { missing }: Coverage): string {
  const pods = absent.map(({ pod, reason }) => `pod ${pod}: ${reason}`);
  const nodes = missing.map((hostId) => {
    const node = ring.nodes.find((member) => member.hostId === hostId);
    return `node ${node?.address ?? ''} (${hostId}) takes no part`;
  });
  return [...pods, ...nodes].join('; ');
}
