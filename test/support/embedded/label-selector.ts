type Labels = Readonly<Record<string, string>>;

/** Kubernetes' label selectors: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas. */
export function matchesSelector(selector: string, labels: Labels): boolean {
  return splitOutsideParentheses(selector).every((requirement) => matches(requirement, labels));
}

function splitOutsideParentheses(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function matches(requirement: string, labels: Labels): boolean {
  const set = /^([^\s!=]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const isIn = list.split(',').some((value) => value.trim() === labels[key]);
    return operator === 'in' ? isIn : !isIn;
  }
  const comparison = /^([^\s!=]+)\s*(==|=|!=)\s*(\S*)$/.exec(requirement);
  if (comparison) {
    const [, key = '', operator, value] = comparison;
    return operator === '!=' ? labels[key] !== value : labels[key] === value;
  }
  return requirement.startsWith('!') ? !(requirement.slice(1) in labels) : requirement in labels;
}
