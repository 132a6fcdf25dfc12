import { parseSchedule } from '../metrics/schedule.ts';
import { isTimeZone } from '../metrics/time-zone.ts';
import type { Kind } from './kind.ts';
import { integer, list, text } from './kinds.ts';

/** What 0 means: the original took all files at once, for which every pod paid. */
const allFilesAtOnce = 64;

/** Files in flight a node; the original's 0 (all of them) is `allFilesAtOnce`. */
export const parallelism: Kind<number> = {
  ...integer(0, 256),
  wanted: 'a whole number from 0 to 256, where 0 stands for as many as make sense',
  parse(value) {
    const number = integer(0, 256).parse(value);
    return number === 0 ? allFilesAtOnce : number;
  },
};

export const kubernetesName = text(
  'name',
  'a Kubernetes name: lower-case letters, digits and hyphens',
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
);

export const planName = text('name', 'lower-case letters, digits and hyphens', /^[a-z0-9-]{1,63}$/);

export const keyspacePatterns = list(
  'patterns',
  'keyspaces separated by commas, such as shop,log_* or !scratch',
  /^!?[\w*?]+$/,
);

export const tablePatterns = list(
  'patterns',
  'tables with their keyspace, separated by commas, such as shop.orders,log.*',
  /^!?[\w*?]+\.[\w*?]+$/,
);

export const absolutePaths = list('paths', 'absolute paths separated by commas', /^\//);

export const tagOrLatest = text(
  'tag',
  'the 14 digits of a tag, such as 20250131020000, or latest',
  /^(\d{14}|latest)$/,
);

export const exactTag = text('tag', 'the 14 digits of a tag, such as 20250131020000', /^\d{14}$/);

export const schemaSum = text(
  'sum',
  'the 6 hex digits of a schema sum, such as 8f8436, not a file (cain list shows the sums)',
  /^[0-9a-f]{6}$/,
);

export const restoreConfirmation = text(
  'cluster/tag',
  'the name of the cluster that is restored, a slash and the tag, such as Test Cluster/20250131020000; for an undo the id of the undo in place of the tag',
  /^.+\/(\d{14}|undo-[A-Za-z0-9-]{1,59})$/,
);

/** Also the form of a Kubernetes UID. It becomes part of file and snapshot names. */
export const runId = text('id', 'up to 64 letters, digits and hyphens', /^[A-Za-z0-9-]{1,64}$/);

/** Just what a CronJob takes. */
export const cronSchedule: Kind<string> = {
  wanted: 'the schedule of a CronJob: five fields such as 0 2 * * *, a macro such as @daily, or @every 6h',
  placeholder: 'cron',
  parse: (value) => (isReadable(() => parseSchedule(value)) ? value : undefined),
};

/** Just what a CronJob takes. */
export const timeZone: Kind<string> = {
  wanted: 'a time zone such as Europe/Berlin or Etc/UTC, in its own upper and lower case',
  placeholder: 'zone',
  parse: (value) => (isTimeZone(value) ? value : undefined),
};

/** prom-client has no way to write a job with a slash in it. */
export const metricsJob = text('name', 'a name without slashes', /^[^/]+$/);

function isReadable(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

/** `host:port` or an http or https URL; without a scheme it is AWS_S3_NO_SSL that decides, as in the original. */
export const s3Endpoint = text(
  'url',
  'an endpoint such as https://host:9000 or host:9000, without a login or a path',
  /^(https?:\/\/)?[A-Za-z0-9.-]+(:\d{1,5})?\/?$|^(https?:\/\/)?\[[0-9a-fA-F:]+\](:\d{1,5})?\/?$/,
);

/** What S3 takes: up to ten, keys of 1 to 128 letters, values of up to 256. */
export const objectTags: Kind<Readonly<Record<string, string>>> = {
  wanted:
    'up to ten tags such as team=db,tier=gold: letters, digits, blanks and + - = . _ : / @, no key twice, none that begins with aws:',
  placeholder: 'tags',
  parse(value) {
    const pairs = value.split(',').map((pair) => pair.trim());
    const tags = new Map<string, string>();
    for (const pair of pairs) {
      const match = /^([\p{L}\p{Nd} +\-._:/@]{1,128})=([\p{L}\p{Nd} +\-=._:/@]{0,256})$/u.exec(pair);
      const [, key = '', text = ''] = match ?? [];
      if (!match || /^aws:/i.test(key) || tags.has(key)) return undefined;
      tags.set(key, text);
    }
    return tags.size <= 10 ? Object.fromEntries(tags) : undefined;
  },
};

/** The key of SSE-C. */
export const customerKey: Kind<string> = {
  wanted: '32 random bytes in base64, as `openssl rand -base64 32` gives them',
  placeholder: 'key',
  isSecret: true,
  parse: (value) => (/^[A-Za-z0-9+/]{43}=$/.test(value) ? value : undefined),
};

/** A secret, since it may hold a login. */
export const proxyUrl: Kind<string> = {
  wanted: 'the http URL of a proxy, such as http://user:password@proxy:3128',
  placeholder: 'url',
  isSecret: true,
  parse: (value) => (/^http:\/\/[^/?#]+\/?$/i.test(value) && URL.canParse(value) ? value : undefined),
};
