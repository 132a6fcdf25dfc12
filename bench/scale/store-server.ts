/**
 * An S3 server over a synthetic bucket, in a process of its own: what it holds is not in the figures. Arguments:
 * directory, prefix of the cluster, nodes, files a node. Prints its port, and the number of deleted objects at each line
 * of its standard input, with which it ends.
 */
import { createServer } from 'node:http';
import { createBucket } from './bucket.ts';
import { answer } from './s3-answers.ts';

const [directory = '', prefix = '', nodes = '0', filesPerNode = '0'] = process.argv.slice(2);
const bucket = createBucket(directory, prefix, { nodes: Number(nodes), filesPerNode: Number(filesPerNode) });

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
    const [, , ...rest] = decodeURIComponent(pathname).split('/');
    const { method = 'GET', headers } = request;
    const {
      status,
      headers: answered,
      body,
    } = answer(bucket, { method, key: rest.join('/'), query, headers, body: Buffer.concat(pieces) });
    response.writeHead(status, answered);
    response.end(method === 'HEAD' ? undefined : body);
  });
});
// A client that thinks for long between two requests keeps its connection.
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`port ${typeof address === 'object' && address ? address.port : 0}`);
});
process.stdin.on('data', () => console.log(`removed ${bucket.removedObjects}`));
process.stdin.on('end', () => process.exit(0));
