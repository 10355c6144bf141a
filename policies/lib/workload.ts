import { known, type Resource } from "./rule";

/** The parts of a Kubernetes container that rules read. */
export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly containerPort?: number; readonly hostPort?: number }[];
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
  readonly securityContext?: SecurityContext & {
    readonly privileged?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
    readonly procMount?: string;
  };
  readonly lifecycle?: { readonly preStop?: PreStop };
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly volumeMounts?: readonly { readonly name: string }[];
}

type Quantities = Readonly<Record<string, string | number>>;

/** What pods and containers have in common. */
export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type?: string };
  readonly appArmorProfile?: { readonly type?: string };
}

/** How often, and how many times, a container is asked. */
export interface Probe {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

interface PreStop {
  readonly sleep?: { readonly seconds: number };
  readonly exec?: { readonly command?: readonly string[] };
}

/** The parts of a pod that rules read. */
export interface Pod {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly (Container & { readonly restartPolicy?: string })[];
  readonly ephemeralContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly securityContext?: SecurityContext & { readonly sysctls?: readonly { readonly name: string }[] };
  readonly shareProcessNamespace?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly restartPolicy?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly tolerations?: readonly Toleration[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

interface Volume {
  readonly name: string;
  readonly hostPath?: { readonly path?: string };
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string };
}

/** A taint that a pod bears. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** Name, namespace and labels of a Kubernetes object. */
export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Kubernetes object that starts pods. */
export interface Workload {
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec: {
    readonly replicas?: number;
    readonly progressDeadlineSeconds?: number;
    readonly strategy?: { readonly type?: string; readonly rollingUpdate?: { readonly maxSurge?: number | string } };
  };
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: Pod;
  /** The pod does one thing and ends: a job, or a pod that is not started again when it is done. */
  readonly ends: boolean;
  /** Path of the pod in the resource's inputs. */
  readonly path: string;
}

/** Path of the pod template by type. */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:core/v1:Pod": [],
  "kubernetes:core/v1:PodTemplate": ["template"],
  "kubernetes:core/v1:ReplicationController": ["spec", "template"],
  "kubernetes:apps/v1:Deployment": ["spec", "template"],
  "kubernetes:apps/v1:StatefulSet": ["spec", "template"],
  "kubernetes:apps/v1:DaemonSet": ["spec", "template"],
  "kubernetes:apps/v1:ReplicaSet": ["spec", "template"],
  "kubernetes:batch/v1:Job": ["spec", "template"],
  "kubernetes:batch/v1:CronJob": ["spec", "jobTemplate", "spec", "template"],
};

/** The pods that a Kubernetes object starts: one for a kind of Kubernetes' own, any number for a custom resource. */
export function workloadsOf({ type, props }: Resource): Workload[] {
  if (!type.startsWith("kubernetes:")) return [];
  const template = templatePaths[type];
  const podPaths = template ? [[...template, "spec"]] : podPathsIn(props, []);
  return podPaths.map((path) => {
    const pod = (valueAt(props, path) ?? {}) as Pod;
    const owner = valueAt(props, path.slice(0, -1)) as { metadata?: Metadata } | undefined;
    return {
      kind: kindOf(type),
      metadata: metadataOf(props),
      spec: (props["spec"] ?? {}) as Workload["spec"],
      labels: owner?.metadata?.labels ?? {},
      pod,
      ends: pod.restartPolicy === "OnFailure" || pod.restartPolicy === "Never",
      path: path.join("."),
    };
  });
}

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);

/** No table can list every custom resource that starts pods: a pod is known by its containers, at least one of which has an image. */
function podPathsIn(value: unknown, path: readonly string[]): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  const { containers } = value as { containers?: unknown };
  if (Array.isArray(containers) && containers.some((container) => typeof container?.image === "string")) return [path];
  return Object.keys(value).flatMap((key) => known(() => podPathsIn(valueAt(value, [key]), [...path, key])) ?? []);
}

/** `kubernetes:apps/v1:Deployment` → `Deployment`. */
export const kindOf = (type: string): string => type.split(":").at(-1)!;

export const metadataOf = (props: Resource["props"]): Metadata => (props["metadata"] ?? {}) as Metadata;

/** A container with its path. */
export interface Placed {
  readonly container: Container;
  readonly path: string;
  /** It runs as long as its pod does: the others end before the pod serves. */
  readonly longRunning: boolean;
  /** It is added to a pod that runs, to look into it: it may have no resources, ports or probes. */
  readonly ephemeral: boolean;
}

/** Every container of a workload, init containers and ephemeral ones included. */
export function containersOf({ pod, path, ends }: Workload): Placed[] {
  const placed = (list: "initContainers" | "containers" | "ephemeralContainers", container: Container, longRunning: boolean): Placed => ({
    container,
    path: `${path}.${list}[${container.name}]`,
    longRunning,
    ephemeral: list === "ephemeralContainers",
  });
  return [
    ...(pod.initContainers ?? []).map((container) => placed("initContainers", container, container.restartPolicy === "Always")),
    ...(pod.containers ?? []).map((container) => placed("containers", container, !ends)),
    ...(pod.ephemeralContainers ?? []).map((container) => placed("ephemeralContainers", container, false)),
  ];
}

/** The devices that a container asks for; none: 0. */
export function gpusOf({ resources }: Container): number {
  const asked = { ...resources?.limits, ...resources?.requests };
  return Object.entries(asked).reduce((sum, [name, count]) => (/^(nvidia|amd)\.com\/(gpu|mig-)/.test(name) ? sum + Number(count) : sum), 0);
}

/** Whether a workload's pods ask for a GPU. */
export const usesGpu = (workload: Workload): boolean => containersOf(workload).some(({ container }) => gpusOf(container) > 0);

const engineNames = ["vllm", "ollama", "onnx"];

/** The model server that a workload is: its engine, by label or else by image, and the name that clients ask for. */
export function modelServerOf({ labels, pod }: Workload): { engine: string; model: string } | undefined {
  const label = labels["app.kubernetes.io/name"];
  const images = (pod.containers ?? []).map(({ image = "" }) => image.split("@")[0]!.split("/").slice(-2).join("/"));
  const engine = engineNames.find((name) => (label === undefined ? images.some((image) => image.includes(name)) : label === name));
  return engine === undefined ? undefined : { engine, model: labels["app.kubernetes.io/instance"] ?? "" };
}
