import { readFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import type { Login } from '../embedded/iam-client.ts';
import type { ModelClusterOptions } from '../model/cluster.ts';
import type { CainRun } from '../run-cain.ts';
import { type Lane, startLane } from './lane.ts';

export const roleNames = ['writer', 'pruner', 'restorer', 'verifier'] as const;
export type RoleName = (typeof roleNames)[number];

/** As docs/policies names it. */
export const rolesPrefix = 'cassandra';

export interface RoleRun extends CainRun {
  /** Lines that tell of requests which the server refused for want of a right: its own log's, and Cain's. */
  readonly refusals: readonly string[];
}

/** A lane whose S3 server goes by policies: one user for each file of docs/policies. */
export interface RoleLane {
  readonly lane: Lane;
  cain(role: RoleName, args: readonly string[], extra?: Readonly<Record<string, string>>): Promise<RoleRun>;
  env(role: RoleName, extra?: Readonly<Record<string, string>>): Record<string, string>;
  /** With the role's key; undefined = root's, who may do all. */
  client(role?: RoleName): S3Client;
  /** The role goes by this policy from now on. */
  setPolicy(role: RoleName, document: string): Promise<void>;
  stop(): Promise<void>;
}

export function policyText(role: RoleName): string {
  return textOf(role);
}

/** A role's policy with what Object Lock and tags need beside it. */
export function policyWithLocks(role: RoleName): string {
  const [own, more] = [role, 'locks-and-tags'].map((name) => JSON.parse(textOf(name)));
  return JSON.stringify({ ...own, Statement: [...own.Statement, ...more.Statement] });
}

function textOf(name: string): string {
  return readFileSync(new URL(`../../../docs/policies/${name}.json`, import.meta.url), 'utf8');
}

/** Each policy is given to IAM as its file is. */
export async function startRoleLane(
  options: Pick<ModelClusterOptions, 'hasObjectLock'> = {},
): Promise<RoleLane> {
  const lane = await startLane({ nodes: 1, hasIam: true, ...options });
  const { s3, iam } = lane.cluster;
  if (!iam) throw new Error('There is no IAM service');
  const logins = new Map<RoleName, Login>();
  for (const role of roleNames) {
    logins.set(role, await iam.addUser(role));
    await iam.setPolicy(role, policyText(role));
  }
  const clients: S3Client[] = [];

  function loginOf(role: RoleName): Login {
    const login = logins.get(role);
    if (!login) throw new Error(`There is no user ${role}`);
    return login;
  }
  const env = (role: RoleName, extra: Readonly<Record<string, string>> = {}) => ({
    CAIN_DST: `s3://${s3.bucket}/${rolesPrefix}`,
    AWS_ACCESS_KEY_ID: loginOf(role).accessKeyId,
    AWS_SECRET_ACCESS_KEY: loginOf(role).secretAccessKey,
    ...extra,
  });
  const serverLog = () => readFileSync(s3.accessLog ?? '', 'utf8').split('\n');

  return {
    lane,
    env,
    async cain(role, args, extra) {
      const from = serverLog().length - 1;
      const run = await lane.cain(args, env(role, extra));
      const lines = [...serverLog().slice(from), ...`${run.stdout}${run.stderr}`.split('\n')];
      return { ...run, refusals: lines.filter((line) => line.includes('AccessDenied')) };
    },
    client(role) {
      const credentials = role === undefined ? s3 : loginOf(role);
      const { endpoint, region } = s3;
      const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
      clients.push(client);
      return client;
    },
    setPolicy: (role, document) => iam.setPolicy(role, document),
    async stop() {
      for (const client of clients) client.destroy();
      await lane.stop();
    },
  };
}
