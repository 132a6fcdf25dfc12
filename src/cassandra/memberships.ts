/** A row of system_auth.role_members. */
export interface Membership {
  readonly role: string;
  /** Who has the role. */
  readonly member: string;
}

/** Pure. Tells whether a role has another one, itself or through roles that it has, however deep. */
export function memberships(pairs: readonly Membership[]): (member: string, role: string) => boolean {
  const granted = new Map<string, string[]>();
  for (const { role, member } of pairs) granted.set(member, [...(granted.get(member) ?? []), role]);
  return (member, role) => {
    const reached = new Set([member]);
    for (const each of reached) for (const next of granted.get(each) ?? []) reached.add(next);
    return member !== role && reached.has(role);
  };
}
