import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-addresses.ts';
import { callIam, type Login } from './iam-client.ts';
import type { ProcessKeeper } from './process-keeper.ts';
import type { S3Source } from './s3-source.ts';
import { untilAnswers } from './until-answers.ts';

/** Who may do what in the S3 server: users with policies in AWS's own language. */
export interface EmbeddedIam {
  /** Where the S3 server asks. */
  readonly socket: string;
  /** Gives the user's key; he may do nothing until he has a policy. */
  addUser(name: string): Promise<Login>;
  /** Replaces the user's policy: the next request goes by it. What is no policy by IAM's grammar throws. */
  setPolicy(user: string, document: string): Promise<void>;
}

/** versitygw's IAM service. `root` is the S3 server's own login. */
export async function startIam(
  source: S3Source,
  dir: string,
  keeper: ProcessKeeper,
  root: Login,
): Promise<EmbeddedIam> {
  if (!source.iamCommand) throw new Error('The IAM service needs versitygw as a program: install Go');
  const port = await freePort();
  const folder = join(dir, 'iam');
  await mkdir(folder, { recursive: true });
  const socket = join(dir, 'iam.sock');
  const options = ['--port', `127.0.0.1:${port}`, '--quiet'];
  const server = keeper.start(source.iamCommand(options, folder, socket), {
    env: {
      ROOT_ACCESS_KEY: root.accessKeyId,
      ROOT_SECRET_KEY: root.secretAccessKey,
      HOME: dir,
      PATH: process.env.PATH,
    },
    stdio: 'ignore',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  // Its root sends whoever asks to the vendor's site.
  await untilAnswers(`${endpoint}/nothing`, server, 'The IAM service');
  return {
    socket,
    async addUser(name) {
      await callIam(endpoint, root, { Action: 'CreateUser', UserName: name });
      const xml = await callIam(endpoint, root, { Action: 'CreateAccessKey', UserName: name });
      return { accessKeyId: textOf(xml, 'AccessKeyId'), secretAccessKey: textOf(xml, 'SecretAccessKey') };
    },
    async setPolicy(user, document) {
      const parameters = { UserName: user, PolicyName: 'cain', PolicyDocument: document };
      await callIam(endpoint, root, { Action: 'PutUserPolicy', ...parameters });
    },
  };
}

function textOf(xml: string, element: string): string {
  const text = new RegExp(`<${element}>([^<]+)</${element}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`IAM's answer has no ${element}`);
  return text;
}
