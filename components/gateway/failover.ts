import * as pulumi from "@pulumi/pulumi";

import type { RoutedModel } from "../../lib/gateway/access";
import { serverOf } from "../../lib/gateway/routing";
import { type CustomObject, envoyApi, gatewayApi, type Settings, target } from "./args";
import { served, serviceOf } from "./parts";
import { failoverScript } from "./script";
import { backendTraffic, clientTraffic, retry } from "./traffic";

/**
 * Where a model cannot answer, the gateway asks itself once more, and there the body names another model: Envoy tries a request again with the
 * body that it has, and models are distinguished by their body. That second way is a listener of its own. Both of its ends show the certificate by which
 * Envoy Gateway knows its Envoys, so nobody else comes in by it.
 */
export const isNeeded = ({ fallback = {} }: Pick<Settings, "fallback">): boolean => Object.keys(fallback).length > 0;

/** Name of its listener, and of the Service by which the gateway reaches itself. */
const section = "failover";
export const failoverService = (name: string): string => `${name}-${section}`;
/** Port of the listener; Envoy's pods listen on the same one, because it needs no privilege. */
export const failoverPort = 8443;
/** With a dot, so that no model's route has its name. */
const own = (name: string): string => `${name}.${section}`;

/** Secret that Envoy Gateway's job makes: key and certificate of Envoy's pods, and who signed it. */
const envoyCertificate = { group: "", kind: "Secret", name: "envoy" };

export const failoverListener = (settings: Settings): object[] =>
  isNeeded(settings)
    ? [
        {
          name: section,
          protocol: "HTTPS",
          port: failoverPort,
          tls: { mode: "Terminate", certificateRefs: [envoyCertificate] },
          allowedRoutes: { namespaces: { from: "Same" } },
        },
      ]
    : [];

/**
 * Of a server whose pods are all away, Envoy Gateway makes a share of requests that are answered 503; of one that has a pod, one group in which the
 * second way has the lower priority, and shares mean nothing. So the second way has the largest share that there is: 1000000 to 1.
 */
const largestShare = 1_000_000;

/** The way that is taken only where no pod of the server can answer. */
export const otherBackend = ({ name, fallback = {} }: Settings, model: RoutedModel): object[] =>
  fallback[model.name] === undefined
    ? []
    : [{ group: "gateway.envoyproxy.io", kind: "Backend", name: own(name), port: failoverPort, weight: largestShare }];

/** The gateway as its own backend, at the address of its Service: an address that is not a name can stand beside the pods of a model. */
export function failoverBackend(settings: Settings, address: pulumi.Input<string>): CustomObject[] {
  if (!isNeeded(settings)) return [];
  const { name, controller } = settings;
  const tls = {
    caCertificateRefs: [envoyCertificate],
    clientCertificateRef: envoyCertificate,
    // One of the names of Envoy's certificate, which are all names directly below the controller's namespace.
    sni: pulumi.interpolate`${failoverService(name)}.${controller.namespace}`,
  };
  return [
    {
      apiVersion: envoyApi,
      kind: "Backend",
      name: own(name),
      spec: { fallback: true, endpoints: [{ ip: { address, port: failoverPort } }], tls },
    },
  ];
}

export function failoverRoute(settings: Settings): CustomObject[] {
  const { name, host, models, modelNamespace, fallback = {} } = settings;
  if (!isNeeded(settings)) return [];
  const rules = Object.entries(fallback).map(([server, instead]) => ({
    matches: [{ path: { type: "PathPrefix", value: "/v1/" }, headers: [served(serverOf(models, server)!.names)] }],
    backendRefs: [serviceOf(serverOf(models, instead)!, modelNamespace)],
  }));
  const parentRefs = [{ name, sectionName: section }];
  return [{ apiVersion: gatewayApi, kind: "HTTPRoute", name: own(name), spec: { parentRefs, hostnames: [host], rules } }];
}

/** Policies of the second way: who comes by it was evaluated and counted before. */
export function failoverPolicies(settings: Settings): CustomObject[] {
  if (!isNeeded(settings)) return [];
  const { name, models, fallback = {} } = settings;
  const instead = Object.fromEntries(
    Object.entries(fallback).flatMap(([server, model]) => serverOf(models, server)!.names.map((asked) => [asked, model])),
  );
  const ofRoute = target("HTTPRoute", own(name));
  const lua = [{ type: "Inline", inline: failoverScript, filterContext: { instead } }];
  const { tls, headers: _removed, ...traffic } = clientTraffic(settings);
  const trusted = { ...tls, clientValidation: { caCertificateRefs: [envoyCertificate] } };
  const specs = {
    ClientTrafficPolicy: { ...target("Gateway", name, section), ...traffic, tls: trusted },
    SecurityPolicy: { ...ofRoute, authorization: { defaultAction: "Allow" } },
    EnvoyExtensionPolicy: { ...ofRoute, lua },
    BackendTrafficPolicy: { ...ofRoute, ...backendTraffic(settings) },
  };
  return Object.entries(specs).map(([kind, spec]) => ({ apiVersion: envoyApi, kind, name: own(name), spec }));
}

/** Two pods of the model that was asked for, and then the other model. Nothing of an answer has been passed on yet. */
export const retryElsewhere = {
  ...retry,
  numAttemptsPerPriority: 2,
  retryOn: { triggers: [...retry.retryOn.triggers, "retriable-status-codes"], httpStatusCodes: [500, 502, 503, 504] },
};
