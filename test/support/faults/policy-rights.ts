interface Policy {
  readonly Statement: ReadonlyArray<{
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }>;
}

/** The policy without one right: an action of a statement, or one of its resources where it names several. */
export function withoutEachRight(
  text: string,
): ReadonlyArray<{ readonly right: string; readonly document: string }> {
  const policy: Policy = JSON.parse(text);
  return policy.Statement.flatMap(({ Action, Resource }, at) => {
    const without = (part: object): string => {
      const statements = policy.Statement.map((each, index) => (index === at ? { ...each, ...part } : each));
      const left = statements.filter((each) => each.Action.length > 0 && each.Resource.length > 0);
      return JSON.stringify({ ...policy, Statement: left });
    };
    if (Resource.length === 1)
      return Action.map((action) => ({
        right: action,
        document: without({ Action: Action.filter((each) => each !== action) }),
      }));
    return Resource.map((resource) => ({
      right: `${Action.join(', ')} of ${resource}`,
      document: without({ Resource: Resource.filter((each) => each !== resource) }),
    }));
  });
}
