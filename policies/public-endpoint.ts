import type { PolicyResource } from "@pulumi/policy";

import type { Fault } from "../lib/planner/fault";
import { isInternal, isPublic, keyed, type Listener, listenersOf } from "./lib/gateway";
import { each, type Resource, stackRule } from "./lib/rule";
import { metadataOf } from "./lib/workload";

/** Names what checks the keys of requests that a LoadBalancer lets in. Nothing can see that from a Service: whoever sets it vouches. */
const keysBy = "slm/keys-checked-by";

/** What the internet reaches asks for a key, and reads it over TLS only. */
export const publicEndpoint = stackRule({
  name: "public-endpoint",
  description: "What is reached from outside the cluster speaks TLS and asks for a key.",
  severity: "critical",
  check: (resources) =>
    each(resources, (resource) => (checks[resource.type]?.(resource, resources) ?? []).map((fault) => ({ resource, fault }))),
});

const checks: Readonly<Record<string, (resource: Resource, resources: readonly PolicyResource[]) => Fault[]>> = {
  "kubernetes:core/v1:Service": ({ props }) => serviceFaults(props),
  "kubernetes:networking.k8s.io/v1:Ingress": ({ props }) => ingressFaults(props),
  "kubernetes:gateway.networking.k8s.io/v1:Gateway": (gateway, resources) =>
    isPublic(gateway, resources) ? [...listenersOf(gateway).flatMap(listenerFaults), ...keyFaults(gateway, resources)] : [],
};

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly appProtocol?: string;
}

interface ServiceSpec {
  readonly type?: string;
  readonly ports?: readonly ServicePort[];
  readonly externalIPs?: readonly string[];
}

function serviceFaults(props: Resource["props"]): Fault[] {
  const { type, ports = [], externalIPs = [] } = (props["spec"] ?? {}) as ServiceSpec;
  const fix = "use a ClusterIP, and put it behind the gateway";
  return [
    ...(externalIPs.length > 0 ? [fault("spec.externalIPs", externalIPs, "must not be set", fix)] : []),
    ...(type === "NodePort" ? [fault("spec.type", type, "must not open a port of every node", fix)] : []),
    ...(type === "LoadBalancer" && !isInternal(metadataOf(props).annotations) ? balancerFaults(props, ports) : []),
  ];
}

function balancerFaults(props: Resource["props"], ports: readonly ServicePort[]): Fault[] {
  const plain = ports.filter(({ name, port, appProtocol }) => port !== 443 && name !== "https" && appProtocol !== "https");
  return [
    ...plain.map(({ port }) => fault("spec.ports", port, "must be a TLS port on a LoadBalancer", "serve port 443, or use a ClusterIP")),
    ...(saysWhatChecksKeys(props)
      ? []
      : [
          fault(
            "spec.type",
            "LoadBalancer",
            "must have keys checked before the pods",
            `put it behind the gateway, or say what checks them in ${keysBy}`,
          ),
        ]),
  ];
}

function ingressFaults(props: Resource["props"]): Fault[] {
  const { tls = [] } = (props["spec"] ?? {}) as { tls?: readonly unknown[] };
  return [
    ...(tls.length > 0 ? [] : [fault("spec.tls", undefined, "must be set", "name the hosts and the Secret with their certificate")]),
    ...(saysWhatChecksKeys(props)
      ? []
      : [fault(`metadata.annotations[${keysBy}]`, undefined, "must say what checks the keys", "use the gateway, or set it")]),
  ];
}

function saysWhatChecksKeys(props: Resource["props"]): boolean {
  const checker = metadataOf(props).annotations?.[keysBy] ?? "";
  return !/^(|no|none|nobody|nothing|false)$/i.test(checker.trim());
}

function listenerFaults({ name, protocol, tls }: Listener): Fault[] {
  if (protocol !== "HTTPS") return [fault(`spec.listeners[${name}].protocol`, protocol, "must be HTTPS", "use HTTPS with a certificate")];
  if ((tls?.certificateRefs ?? []).length > 0) return [];
  return [fault(`spec.listeners[${name}].tls.certificateRefs`, undefined, "must name a certificate", "name the Secret that holds it")];
}

function keyFaults(gateway: Resource, resources: readonly PolicyResource[]): Fault[] {
  if (keyed(gateway, resources)) return [];
  const bound = "must be the target of a SecurityPolicy that asks for a key";
  return [
    fault("metadata.name", metadataOf(gateway.props).name, bound, "add one with apiKeyAuth for the gateway or for each of its routes"),
  ];
}

const fault = (path: string, value: unknown, bound: string, fix: string): Fault => ({ path, value, bound, fix });
