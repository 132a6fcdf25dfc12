import type { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { requestCount } from './s3-client.ts';

/** Of the handler that the SDK sends with. */
export type Answer = Awaited<ReturnType<S3Client['config']['requestHandler']['handle']>>['response'];

type Stack = GetObjectCommand['middlewareStack'];
type Middleware = Parameters<Stack['addRelativeTo']>[0];
type Send = (args: unknown) => Promise<{ readonly response: Answer }>;

/** Has `around` do the sending of a command each time that it is sent: within the SDK's retries, before it reads the answer. */
export function addNextToSending(
  command: { readonly middlewareStack: unknown },
  name: string,
  around: (send: Send, args: unknown) => ReturnType<Send>,
): void {
  const middleware = (send: Send) => (args: unknown) => around(send, args);
  (command.middlewareStack as Stack).addRelativeTo(middleware as Middleware, {
    relation: 'before',
    toMiddleware: requestCount,
    name,
  });
}
