import { say } from './story.ts';

/** What the Pushgateway serves of our runs, as Prometheus would scrape it. */
export async function printMetrics(url: string | undefined): Promise<void> {
  if (!url) {
    say('No Pushgateway runs here, so there are no metrics to show.');
    return;
  }
  const response = await fetch(`${url}/metrics`);
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith('cain_'));
  for (const line of lines)
    say(
      line.replace(
        /\{.*operation="(\w+)".*?(phase="[^"]*")?[^}]*\}/,
        (_, operation, phase) => ` [${operation}${phase ? ` ${phase}` : ''}]`,
      ),
    );
}
