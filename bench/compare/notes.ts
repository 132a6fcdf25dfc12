/** What somebody who reads the figures must know. */
export const notes: readonly string[] = [
  'Each round runs all tools one after another, in another order each time, on the same files; a ratio is taken within a round, and its median shown. A tool that takes over a minute runs once.',
  '`limit` copies the files of a snapshot and does nothing else: threads, a signed CRC-32 a part, unsigned payload. Of a second backup it copies only what is new, which it is told; of a restore it only downloads.',
  'Wall time of a tool is its whole run: snapshot, checks, commit, and for a restore whatever its way of restoring needs (Cain: staging, truncate, import, proof; Medusa: stop and start of Cassandra).',
  'CPU and memory are those of the tool’s processes on both sides, with the nodetool and cqlsh that it runs; not of Cassandra and the S3 server, nor of the API server, through which `cain-exec` sends every byte.',
  'Medusa can’t leave out keyspaces in a backup, so the system tables are in its figures (see its requests). It sends no checksums; Cain’s uploads carry a CRC-32 that the server checks.',
  'The SSTables are real: written, flushed and (the large ones) compacted by Cassandra. Bytes are those of the objects stored, or read by a restore.',
  'Everything shares the cores, and the S3 server takes more processor time than most of the tools: on separate machines the wall times differ more.',
];
