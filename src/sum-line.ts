/** A line as sha256sum writes and checks it. Its length depends on the path alone. */
export function sumLine(path: string, sha256: string): string {
  return `${sha256}  ${path}\n`;
}
