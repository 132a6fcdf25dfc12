import { gunzipSync } from 'node:zlib';
import { formatError, parseJson, readRecord } from '../record.ts';

/** A member of the ring as it was when the backup was taken. */
export interface TopologyNode {
  readonly hostId: string;
  readonly address: string;
  readonly dataCenter: string;
  readonly rack: string;
  readonly tokens: readonly string[];
}

/** What lies in a backup's topology.json.gz. Throws CAIN_FORMAT. */
export function parseTopology(bytes: Uint8Array, key: string): readonly TopologyNode[] {
  const reader = readRecord(parseJson(unzip(bytes, key), key), key);
  reader.format(1);
  return reader.records('nodes').map((node) => ({
    hostId: node.string('hostId'),
    address: node.string('address'),
    dataCenter: node.string('dataCenter'),
    rack: node.string('rack'),
    tokens: node.strings('tokens'),
  }));
}

/** A thousand nodes of 256 tokens are a tenth of this; a bomb stops here. */
const mostBytes = 64 * 1024 * 1024;

function unzip(bytes: Uint8Array, key: string): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes }).toString('utf8');
  } catch (cause) {
    throw formatError(key, 'it is not gzip, or too large', cause);
  }
}
