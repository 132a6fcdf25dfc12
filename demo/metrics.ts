import { say } from './story.ts';

/** What the Pushgateway serves of our runs, as Prometheus would scrape it: without the labels that are the same for all. */
export async function printMetrics(url: string | undefined): Promise<void> {
  if (!url) {
    say('No Pushgateway runs here, so there are no metrics to show.');
    return;
  }
  const response = await fetch(`${url}/metrics`);
  for (const line of (await response.text()).split('\n')) {
    const [, name, labels = '', value] = /^(cain_\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (name) say(`${name.padEnd(48)} ${telling(labels).padEnd(28)} ${readable(name, Number(value))}`);
  }
}

function telling(labels: string): string {
  return [...labels.matchAll(/(?:operation|phase|version)="([^"]*)"/g)].map(([, text]) => text).join(' ');
}

function readable(name: string, value: number): string {
  if (name.endsWith('_timestamp_seconds')) return new Date(value * 1000).toISOString();
  return String(Math.round(value * 100) / 100);
}
