import type * as pulumi from "@pulumi/pulumi";

import type { Consumer, RoutedModel } from "../../lib/gateway/access";
import type { RequestLimits, Tokens } from "../../lib/gateway/limits";
import type { Fallback, Split } from "../../lib/gateway/routing";
import type { Client } from "../namespace/paths";

/** Where the certificate comes from: a Secret of type kubernetes.io/tls in the gateway's namespace, or an issuer of cert-manager that fills it. */
export type Tls = { readonly secret: string } | { readonly issuer: string; readonly issuerKind?: "Issuer" | "ClusterIssuer" };

/** Where Envoy Gateway runs: its class, and the namespace in which it makes its pods. */
export interface Controller {
  /** Name of the GatewayClass. */
  readonly className: string;
  /** Namespace of Envoy's pods. */
  readonly namespace: pulumi.Input<string>;
}

/** Inputs of {@link Gateway}. */
export interface GatewayArgs {
  /** Namespace of the gateway's objects; its own, because who may write there may open the door. Replaces the gateway. */
  readonly namespace: pulumi.Input<string>;
  /** Namespace of the models' Services. Replaces its grant. */
  readonly modelNamespace: pulumi.Input<string>;
  /** Host that clients ask, such as models.example.com. */
  readonly host: string;
  /** `internal`: an address of the cluster, or of the network around it. `public`: an address that the world reaches. @default "internal" */
  readonly exposure?: "internal" | "public";
  /** Annotations of the Service, by which a cloud gives it an address. @default none */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
  /** Where the certificate comes from. */
  readonly tls: Tls;
  /** The controller that makes Envoy's pods. */
  readonly controller: Controller;
  /** Image of Envoy, pinned by digest. @default the one that the controller was made for */
  readonly envoyImage?: pulumi.Input<string>;
  /** Pods of Envoy. @default 2 */
  readonly replicas?: number;
  /** What is behind it. */
  readonly models: readonly RoutedModel[];
  /** Names that versions of a model answer together, each with the percent of its requests; they sum to 100. @default none */
  readonly split?: Split;
  /** Servers, each with the model that answers where it cannot; needs a controller of the gateway's own namespace. @default none */
  readonly fallback?: Fallback;
  /** Tokens of an issuer, which consumers show in place of keys. @default keys. Replaces the Secrets of the keys. */
  readonly jwt?: Tokens;
  /** Secret of the gateway's namespace whose ca.crt signs the certificates that clients must show as well. @default none are asked for */
  readonly clientCertificates?: { readonly secret: string };
  /** Who may ask, for which models. Nobody else may. A limit needs a controller that counts. */
  readonly consumers: readonly Consumer[];
  /** Who reaches the gateway's pods. @default anybody where it is public, else nobody */
  readonly clients?: readonly Client[];
  /** Namespace of whoever reads Envoy's metrics. @default nobody */
  readonly scraper?: string;
  /** Limits of every request. @default those of {@link RequestLimits} */
  readonly limits?: Partial<RequestLimits>;
}

/** The arguments with every default filled in. */
export type Settings = Omit<GatewayArgs, "limits" | "replicas" | "exposure"> &
  Required<Pick<GatewayArgs, "replicas" | "exposure">> & { readonly name: string; readonly limits: RequestLimits };

/** One custom resource as data. */
export interface CustomObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: object;
}

export const gatewayApi = "gateway.networking.k8s.io/v1";
export const envoyApi = "gateway.envoyproxy.io/v1alpha1";

/** Headers by which the gateway tells itself, its log and the models who asks, and for what. What a client says under them is taken away. */
export const consumerHeader = "x-slm-consumer";
export const modelHeader = "x-slm-model";
/** The model that answers: another than the one that was asked for where versions share a name. Answers tell it too. */
export const servedHeader = "x-slm-served";

/** What a policy is of: the gateway, one of its listeners, or a route. */
export const target = (kind: "Gateway" | "HTTPRoute", name: string, sectionName?: string) => ({
  targetRefs: [{ group: "gateway.networking.k8s.io", kind, name, ...(sectionName ? { sectionName } : {}) }],
});
