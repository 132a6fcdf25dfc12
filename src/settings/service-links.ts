/** `tcp://10.0.0.1:9042`: what Kubernetes puts into `<SERVICE>_PORT`. */
const isServiceUrl = (value: string) => /^(tcp|udp|sctp):\/\//.test(value);

/**
 * Whether Kubernetes set this variable, for a service in Cain's namespace whose name begins with "cain" (unless
 * the pod says enableServiceLinks: false). A service `cain-jmx` sets CAIN_JMX_PORT, which is a setting too:
 * there the value tells.
 */
export function isServiceLink(name: string, value: string): boolean {
  if (/^CAIN(_\w+)?_(SERVICE_HOST|SERVICE_PORT(_\w+)?)$/.test(name)) return true;
  if (/^CAIN(_\w+)?_PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?$/.test(name)) return true;
  return /^CAIN(_\w+)?_PORT$/.test(name) && isServiceUrl(value);
}
