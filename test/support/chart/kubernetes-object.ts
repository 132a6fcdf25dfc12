/** As much of Kubernetes' objects as the chart's tests look at. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly RoleRule[];
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface CronJob extends KubernetesObject {
  readonly kind: 'CronJob';
  readonly spec: {
    readonly schedule: string;
    readonly timeZone: string;
    readonly suspend: boolean;
    readonly concurrencyPolicy: string;
    readonly startingDeadlineSeconds?: number;
    readonly jobTemplate: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: JobSpec;
    };
  };
}

export interface JobSpec {
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds?: number;
  readonly podFailurePolicy: { readonly rules: readonly FailureRule[] };
  readonly template: PodTemplate;
}

export interface FailureRule {
  readonly action: string;
  readonly onExitCodes?: {
    readonly containerName: string;
    readonly operator: string;
    readonly values: number[];
  };
  readonly onPodConditions?: ReadonlyArray<{ readonly type: string }>;
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

export interface PodSpec {
  readonly restartPolicy: string;
  readonly serviceAccountName: string;
  readonly enableServiceLinks: boolean;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly hostNetwork?: boolean;
  readonly securityContext: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly seccompProfile?: { readonly type: string };
  };
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly EnvironmentVariable[];
  readonly resources?: unknown;
  readonly securityContext: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  };
  readonly volumeMounts: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: unknown;
  readonly secret?: { readonly secretName: string; readonly items?: readonly VolumeItem[] };
  readonly configMap?: { readonly name: string; readonly items?: readonly VolumeItem[] };
}

export interface VolumeItem {
  readonly key: string;
  readonly path: string;
}

export const isCronJob = (object: KubernetesObject): object is CronJob => object.kind === 'CronJob';

export interface CainPod {
  /** Of the CronJob or Pod. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  readonly container: Container;
  readonly isJob: boolean;
}

/** Every pod that the objects lead to, with its one container. */
export function podsOf(objects: readonly KubernetesObject[]): CainPod[] {
  return objects.flatMap((object) => {
    const template = isCronJob(object) ? object.spec.jobTemplate.spec.template : undefined;
    const spec = template?.spec ?? (object.kind === 'Pod' ? (object.spec as PodSpec) : undefined);
    const [container] = spec?.containers ?? [];
    if (!spec || !container) return [];
    const labels = template?.metadata.labels ?? object.metadata.labels ?? {};
    return [{ name: object.metadata.name, labels, spec, container, isJob: template !== undefined }];
  });
}
