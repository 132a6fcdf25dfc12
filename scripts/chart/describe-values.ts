import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

export interface ValueDescription {
  /** `s3.ca.key` */
  readonly path: string;
  /** The default, as JSON. */
  readonly value: string;
  readonly about: string;
  /** A map whose keys have rows of their own. */
  readonly isGroup: boolean;
}

/**
 * The values of a chart with what the comments before them say: `# -- text`, over several lines if need be. A
 * map without such a comment is walked into; one with it has a row, and so have its keys that have a comment.
 * Throws for a value that nothing tells the meaning of.
 */
export function describeValues(valuesYaml: string): ValueDescription[] {
  const document = parseDocument(valuesYaml);
  if (!isMap(document.contents)) throw new Error('values.yaml holds no map');
  return describeMap(document.contents, '', false);
}

function describeMap(map: YAMLMap, prefix: string, isToldAbove: boolean): ValueDescription[] {
  return map.items.flatMap((pair, index) => {
    const { key, value } = pair as Pair;
    if (!isScalar(key)) throw new Error(`A key below "${prefix}" is no plain word`);
    // The comment before a map's first key belongs to the map.
    const comment = (index === 0 ? map.commentBefore : undefined) ?? key.commentBefore ?? '';
    const path = `${prefix}${String(key.value)}`;
    const about = aboutOf(comment);
    const inner = isMap(value) ? describeMap(value, `${path}.`, isToldAbove || about !== undefined) : [];
    if (about === undefined) {
      if (inner.length === 0 && !isToldAbove) throw new Error(`${path} has no comment "# -- …"`);
      return inner;
    }
    const json = JSON.stringify(isMap(value) || !isScalar(value) ? document(value) : value.value);
    return [{ path, value: json, about, isGroup: inner.length > 0 }, ...inner];
  });
}

function document(node: unknown): unknown {
  return node && typeof node === 'object' && 'toJSON' in node && typeof node.toJSON === 'function'
    ? node.toJSON()
    : node;
}

/** What stands behind the last `--`, as one line. */
function aboutOf(comment: string): string | undefined {
  const lines = comment.split('\n').map((line) => line.trim());
  const start = lines.findLastIndex((line) => line.startsWith('-- '));
  return start < 0 ? undefined : lines.slice(start).join(' ').slice(3).trim();
}
