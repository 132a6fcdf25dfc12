/** What somebody who reads the figures must know. */
export const notes: readonly string[] = [
  'Each round runs all tools one after another, in another order each time, on the same files; a ratio is taken within a round, and its median shown. A tool that takes over a minute and over three times what the fastest takes runs once.',
  '`limit` copies the files of a snapshot and does nothing else: threads, a signed CRC-32 a part, unsigned payload, bytes from file to socket by sendfile. Of a second backup it copies only what is new, which it is told; of a restore it only downloads, and makes nothing durable.',
  'Wall time of a tool is its whole run: start of its process, snapshot, checks, commit, and for a restore whatever its way of restoring needs (Cain: staging, truncate, import, proof; Medusa: stop and start of Cassandra, told apart under the table). Against the bare copy of `limit` it says what a backup costs beyond the copy.',
  'The transfer alone is the part of it that moves files (Cain: its steps `transfer` and `stage`, told by its own metrics; `limit`: all but the start of Python): that is what compares like with like. Peers do not tell theirs.',
  'CPU and memory are those of the tool’s processes on both sides, with the nodetool and cqlsh that it runs; not of Cassandra (its own column: a restart, or truncate and import), the S3 server and the API server. Memory is looked at twice a second, and the peak of the largest process is the kernel’s own.',
  'nodetool starts from a class archive here, whichever tool calls it: half a second of processor time a call; in the official image it takes 2.3 s. Cain asks Cassandra itself over JMX and starts none, unless something is wrong.',
  '`cain-exec` sends every byte through the API server, which here is one thread of the benchmark’s own process and shares the cores with everything else: its wall time is that server’s too.',
  '`cain-exec` runs with CAIN_S3_UNSIGNED_PAYLOAD=true, as `limit` does: CRC-32 guards the bytes, and no SHA-256 is paid for beside it. All else of Cain is its default.',
  'Medusa can’t leave out keyspaces in a backup, so the system tables are in its figures (see its requests). It sends no checksums; Cain’s uploads carry a CRC-32 that the server checks.',
  'The SSTables are real: written, flushed and (the large ones) compacted by Cassandra. Bytes are those of the objects stored, or read by a restore. The schema has automatic compaction off, lest files change between two tools.',
  'Everything shares the cores, and the S3 server takes more processor time than most of the tools: on separate machines the wall times differ more.',
];
