import type { EmbeddedCluster } from '../test/support/embedded/cluster.ts';
import { say } from './story.ts';

/** What the Pushgateway serves of our runs, as Prometheus would scrape it. */
export async function printMetrics({ pushgateway }: EmbeddedCluster): Promise<void> {
  if (!pushgateway) {
    say('No Pushgateway runs here, so there are no metrics to show.');
    return;
  }
  const response = await fetch(`${pushgateway.url}/metrics`);
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith('cain_'));
  for (const line of lines)
    say(
      line.replace(
        /\{.*operation="(\w+)".*?(phase="[^"]*")?[^}]*\}/,
        (_, operation, phase) => ` [${operation}${phase ? ` ${phase}` : ''}]`,
      ),
    );
}
