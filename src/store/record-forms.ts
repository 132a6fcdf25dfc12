/**
 * What names in records may look like. Whoever can write to the bucket can write anything into a record, and these become
 * parts of keys, of paths on the nodes, of CQL and of lines on a terminal.
 */

/** Keyspaces, tables: Cassandra's own rule, quoted or not. */
export const cqlName = /^\w{1,250}$/;
/** Kubernetes' rule. */
export const podName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
export const planForm = /^[a-z0-9-]{1,63}$/;
export const tagForm = /^\d{14}$/;
export const sumForm = /^[0-9a-f]{6}$/;
/** A table id without dashes. */
export const bareId = /^[0-9a-f]{32}$/;
/** A table id with dashes. */
export const dashedId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A name of one file: no path, nothing that a terminal obeys. */
export const fileForm = /^(?!\.{1,2}$)[^/\p{Cc}]{1,255}$/u;
/** An absolute path on a node. */
export const directoryForm = /^\/[^\p{Cc}]{0,4095}$/u;
/** Anything that fits on a line. */
export const lineForm = /^[^\p{Cc}]{0,1024}$/u;
/** `stat`'s seconds with nine decimals. */
export const mtimeForm = /^-?\d{1,20}\.\d{9}$/;
/** ISO 8601 in UTC with whole seconds. */
export const secondForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
export const digits = /^\d{1,20}$/;
export const sha256Form = /^[0-9a-f]{64}$/;
