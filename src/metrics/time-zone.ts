/**
 * True for an IANA time zone as a CronJob takes it. Kubernetes looks names up as files, so that they are
 * case-sensitive, while Intl forgives `europe/berlin`; and newer Intl takes offsets such as `+01:00`.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  return !['UTC', ...Intl.supportedValuesOf('timeZone')].some(
    (known) => known !== name && known.toLowerCase() === name.toLowerCase(),
  );
}
