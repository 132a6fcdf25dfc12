import { createHash } from 'node:crypto';
import type { JournalRing } from '../../cassandra/journal.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';

type Member = Pick<SurveyedNode, 'hostId'> & {
  readonly pod: { readonly name: string };
  readonly probe: Pick<SurveyedNode['probe'], 'dataCenter' | 'rack' | 'tokens'>;
};

/** Pure. The ring of these nodes, which are all of it, as the journal keeps it. */
export function journalRingOf(nodes: readonly Member[]): JournalRing {
  const members = nodes
    .map(({ pod, hostId }) => ({ pod: pod.name, hostId }))
    .toSorted((a, b) => (a.pod < b.pod ? -1 : 1));
  const places = nodes
    .map(({ hostId, probe }) =>
      JSON.stringify([hostId, probe.dataCenter, probe.rack, probe.tokens.toSorted()]),
    )
    .toSorted();
  return { members, sum: createHash('sha256').update(places.join('\n')).digest('hex') };
}
