/** Of the local Kubernetes; they exist in its network namespace alone. */
export const nodeName = 'node';
export const nodeAddress = '10.98.0.2';
export const podNetwork = '10.244.0.0/16';
export const serviceNetwork = '10.96.0.0/16';
/** The first of that network: the API server as pods see it. */
export const serviceAddress = '10.96.0.1';
