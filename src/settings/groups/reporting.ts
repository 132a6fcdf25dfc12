import { bool, choice, httpUrl, secret, text } from '../kinds.ts';
import { setting } from '../setting.ts';
import { cronSchedule, metricsJob, timeZone } from '../specific-kinds.ts';
import { everyCommand, lockingCommands, measuredCommands } from './commands-of.ts';

export const reporting = {
  pushgatewayUrl: setting(httpUrl, {
    env: 'CAIN_PUSHGATEWAY_URL',
    unset: 'no metrics are pushed',
    usedBy: measuredCommands,
    help: 'The Pushgateway that takes the metrics of a run',
  }),
  pushgatewayUsername: setting(text('name'), {
    env: 'CAIN_PUSHGATEWAY_USERNAME',
    usedBy: measuredCommands,
    help: 'The user of its basic authentication',
  }),
  pushgatewayPassword: setting(secret, {
    env: 'CAIN_PUSHGATEWAY_PASSWORD',
    usedBy: measuredCommands,
    help: "That user's password",
  }),
  metricsJob: setting(metricsJob, {
    env: 'CAIN_METRICS_JOB',
    default: 'cain',
    usedBy: measuredCommands,
    help: 'The job label of the metrics',
  }),
  schedule: setting(cronSchedule, {
    env: 'CAIN_SCHEDULE',
    usedBy: lockingCommands,
    help: 'The schedule that the run belongs to, so that alerts know how old a backup may be',
  }),
  timeZone: setting(timeZone, {
    env: 'CAIN_TIME_ZONE',
    default: 'Etc/UTC',
    usedBy: lockingCommands,
    help: "The schedule's time zone; retention counts its days, weeks and months in UTC",
  }),
  logLevel: setting(choice('error', 'warn', 'info', 'debug'), {
    env: 'CAIN_LOG_LEVEL',
    default: 'info',
    usedBy: everyCommand,
    help: 'How much is logged',
  }),
  logFormat: setting(choice('auto', 'json', 'text'), {
    env: 'CAIN_LOG_FORMAT',
    default: 'auto',
    usedBy: everyCommand,
    help: 'JSON lines or readable ones; auto takes text on a terminal',
  }),
  output: setting(choice('text', 'json'), {
    env: 'CAIN_OUTPUT',
    default: 'text',
    usedBy: ['list', 'verify', 'schema'],
    help: 'The form of what is printed',
  }),
  sum: setting(bool, {
    env: 'CAIN_SUM',
    default: 'false',
    usedBy: ['schema'],
    help: 'Print the schema sum only',
  }),
};
