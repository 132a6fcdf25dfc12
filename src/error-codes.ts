/**
 * Every error code with the exit code that it leads to and what it means: the one table behind
 * `CainError`, `process.exitCode` and docs/errors.md. Codes are part of the interface: stable.
 *
 * Exit codes: 1 failed, perhaps transient; 2 settings or usage; 3 preflight refused, nothing changed;
 * 4 another run holds the lock; 5 damage found; 130 and 143 after SIGINT and SIGTERM. `midRunExit` takes its place
 * once the run may have changed something: it is not refused before, and the next attempt may have other credentials.
 */
export const errorCodes = {
  CAIN_SETTINGS: {
    exit: 2,
    about: 'One or more settings are wrong, missing or unknown; all of them are named.',
  },
  CAIN_USAGE: { exit: 2, about: 'The command line names no known command.' },
  CAIN_INTERRUPTED: { exit: 130, about: 'Stopped by SIGINT after cleaning up.' },
  CAIN_TERMINATED: { exit: 143, about: 'Stopped by SIGTERM after cleaning up.' },
  CAIN_TIMEOUT: { exit: 1, about: 'Something that Cain waited for took longer than its limit.' },

  CAIN_PREFLIGHT: {
    exit: 3,
    about: 'Preflight refused to start; each finding is named with what to do. Nothing was changed.',
  },
  CAIN_NODE_DOWN: { exit: 1, about: 'A Cassandra node is down, not ready, joining, leaving or moving.' },
  CAIN_LOCKED: {
    exit: 4,
    about: 'Another run holds the Lease and did not give it up within CAIN_LOCK_WAIT.',
  },
  CAIN_LEASE_LOST: {
    exit: 1,
    about: 'The Lease could not be renewed in time, or another run took it; this run stopped.',
  },

  CAIN_KUBERNETES: { exit: 1, about: 'The Kubernetes API server refused or failed a request.' },
  CAIN_KUBERNETES_ACCESS: {
    exit: 3,
    midRunExit: 1,
    about: 'The Kubernetes credentials lack a right or do not work.',
  },
  CAIN_EXEC_FAILED: {
    exit: 1,
    about: 'A tool in a Cassandra container ended with an error; its own words are in the message.',
  },
  CAIN_CASSANDRA_ACCESS: {
    exit: 1,
    about:
      'Cassandra refused a login, a right or the TLS of cqlsh or nodetool. Preflight tells it as CAIN_PREFLIGHT.',
  },
  CAIN_EXEC_REFUSED: {
    exit: 1,
    about:
      'No exec could be opened: the pod or its container is not there right now, or the API server is not.',
  },
  CAIN_EXEC_CUT: { exit: 1, about: 'An exec stream ended without the success status that proves it whole.' },
  CAIN_EXEC_STALLED: { exit: 1, about: 'An exec stream went silent for longer than CAIN_STALL_TIMEOUT.' },

  CAIN_OUTPUT_UNREADABLE: {
    exit: 1,
    about: 'The output of nodetool, cqlsh or another tool has a form that Cain does not know.',
  },
  CAIN_SCHEMA_CHANGED: { exit: 1, about: 'The schema or the ring kept changing while snapshots were taken.' },
  CAIN_SNAPSHOT_INCOMPLETE: {
    exit: 1,
    about: 'A snapshot lacks a table, a node or a component that must be there.',
  },
  CAIN_COVERAGE: {
    exit: 1,
    about: 'Too few nodes took part to cover every token range as CAIN_COVERAGE demands.',
  },
  CAIN_EMPTY_BACKUP: { exit: 1, about: 'Tables hold data, yet the snapshots hold no file.' },
  CAIN_DISK_LOW: {
    exit: 1,
    about: 'A data volume fell under CAIN_MIN_FREE; the snapshot was cleared to protect the database.',
  },

  CAIN_TRANSFER_SHORT: { exit: 1, about: 'A file arrived with another length than it has on the node.' },
  CAIN_FILE_UNREADABLE: {
    exit: 1,
    about: "A file of a snapshot can't be read on its node, or has other bytes when it is read again.",
  },
  CAIN_DIGEST_MISMATCH: {
    exit: 5,
    about:
      'The bytes of a Data.db do not have the CRC-32 that Cassandra wrote beside it: damage on the node.',
  },
  CAIN_CHECKSUM_MISMATCH: {
    exit: 5,
    about: 'An object or a staged file does not have the CRC-32 that the inventory names.',
  },
  CAIN_DAMAGED: {
    exit: 5,
    about: 'A verification found backups whose objects or records are missing, shortened or altered.',
  },

  CAIN_STORE: { exit: 1, about: 'A request to the object store failed.' },
  CAIN_STORE_ACCESS: {
    exit: 3,
    midRunExit: 1,
    about: 'The object store refused the credentials, the bucket or the request.',
  },
  CAIN_STORE_EXISTS: { exit: 1, about: 'An object that must be new exists already (If-None-Match).' },
  CAIN_STORE_CHANGED: { exit: 1, about: 'An object changed between reading and replacing it (If-Match).' },
  CAIN_STORE_MISSING: { exit: 1, about: 'An object that must exist does not.' },
  CAIN_STORE_CHECKSUM: {
    exit: 1,
    about: 'The object store received other bytes than were sent, or gave others than it holds.',
  },
  CAIN_FORMAT: { exit: 1, about: 'A manifest, inventory or other record is damaged or of a newer format.' },
  CAIN_FOREIGN_PREFIX: {
    exit: 3,
    about:
      'The prefix in the bucket belongs to another cluster; CAIN_ADOPT says that it is the same one rebuilt.',
  },
  CAIN_SUM_COLLISION: { exit: 1, about: 'Another schema is stored under the same schema sum.' },
  CAIN_TAG: {
    exit: 1,
    about:
      "The clock gives a tag that is not later than every tag of ours, or strays from the store's clock.",
  },
  CAIN_ABANDONED: { exit: 1, about: 'A later run fenced this run off: it slept too long to commit.' },
  CAIN_COMMIT_UNCLEAR: {
    exit: 1,
    about: 'The answer to the commit was lost and reading it back failed; nothing was deleted.',
  },

  CAIN_NO_BACKUP: { exit: 3, about: 'The bucket holds no backup that fits what was asked for.' },
  CAIN_PRUNE_STOPPED: { exit: 1, about: 'Prune met a doubt and deleted nothing more.' },
  CAIN_PRUNE_HELD_BACK: {
    exit: 3,
    about: "Prune would take over half of a plan's backups; CAIN_PRUNE_CONFIRM must name the count.",
  },

  CAIN_METRICS_PUSH: { exit: 1, about: 'Metrics could not be pushed; a warning, never the end of a run.' },

  CAIN_RESTORE_MAPPING: {
    exit: 3,
    about:
      'The backup can not come into this cluster: another partitioner, or members of the ring that are no pods.',
  },
  CAIN_RESTORE_REPLICATION: {
    exit: 3,
    about: 'A keyspace that is to be made can not be replicated in this cluster as it was.',
  },
  CAIN_RESTORE_RENAME: {
    exit: 3,
    about: 'CAIN_RENAME names what the backup does not hold, or a name that can not be taken.',
  },
  CAIN_RESTORE_SCHEMA: { exit: 3, about: 'A table has another shape than in the backup.' },
  CAIN_RESTORE_SPACE: { exit: 3, about: 'A data volume has too little room for the restore.' },
  CAIN_RESTORE_UNCONFIRMED: {
    exit: 3,
    about:
      'A table is not empty and CAIN_RESTORE_CONFIRM does not name cluster and tag; the plan was printed.',
  },
  CAIN_RESTORE_JOURNAL: {
    exit: 3,
    about: 'An unfinished restore of another id, backup or table set is on the nodes.',
  },
  CAIN_RESTORE_STALE: {
    exit: 3,
    about:
      'The backup is older than gc_grace_seconds of a table that keeps newer rows: deleted rows would come back.',
  },
  CAIN_RESTORE_UNDO: {
    exit: 3,
    about: 'A restore can not be undone: its snapshots or tables are not as it left them.',
  },
  CAIN_RESTORE_UNFINISHED: {
    exit: 1,
    about: 'A restore was refused to go on after it had truncated tables; it goes on under its id.',
  },
  CAIN_RESTORE_UNPROVEN: {
    exit: 1,
    about: 'An import left files behind or its SSTables were not found in the table.',
  },
  CAIN_RESTORE_REHEARSAL: {
    exit: 3,
    about: 'Cassandra could not import a trial SSTable out of the staging directory.',
  },
} as const satisfies Record<string, { exit: number; midRunExit?: number; about: string }>;

export type ErrorCode = keyof typeof errorCodes;
