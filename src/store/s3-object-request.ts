/** A request for an object's bytes as the SDK would make it of a command: to be sent, or signed for others to send. */
export interface ObjectRequest {
  readonly method: 'GET' | 'PUT';
  /** Full. */
  readonly key: string;
  /** The SDK names its operation in `x-id`. */
  readonly query: Readonly<Record<string, string>> & { readonly 'x-id': string };
  readonly headers: Readonly<Record<string, string>>;
}
