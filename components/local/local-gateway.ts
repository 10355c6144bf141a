import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import type { Consumer, RoutedModel } from "../../lib/gateway/access";
import * as bounds from "../../lib/gateway/limits";
import { check } from "../check";
import { createContainer, createImage, nobody } from "./container";
import { doorFolder } from "./door";
import { doorPort, envoyConfig } from "./envoy-config";
import { gatewayName } from "./monitoring-config";
import { doorVolume } from "./names";

/** Inputs of {@link LocalGateway}. */
export interface LocalGatewayArgs {
  /** Name of the environment: names on the engine begin with it. Replaces everything. */
  readonly environment: string;
  /** Host that clients ask, such as localhost. */
  readonly host: string;
  /** Address of this machine that it listens at. @default "127.0.0.1", which nobody else reaches */
  readonly address?: string;
  /** Port of this machine that it listens at. @default 8443 */
  readonly port?: number;
  /** Image of Envoy, pinned by digest. */
  readonly image: pulumi.Input<string>;
  /** Networks: that of the servers, and the one by which this machine reaches the gateway. */
  readonly networks: { readonly models: pulumi.Input<string>; readonly door: pulumi.Input<string> };
  /** What is behind it. */
  readonly models: readonly RoutedModel[];
  /** Who may ask, for which models. Nobody else may. */
  readonly consumers: readonly Consumer[];
  /** Whether Prometheus may read Envoy's metrics, at the name `gateway` of the servers' network. @default false */
  readonly metrics?: boolean;
  /** Limits of every request. @default those of {@link bounds.RequestLimits} */
  readonly limits?: Partial<bounds.RequestLimits>;
}

/** Memory of Envoy, in MiB; it took 66 with a few requests, and holds the bodies that are on their way. */
export const gatewayMemoryMib = 512;

/**
 * One OpenAI-compatible host before the models of a Docker engine: keys, TLS, limits, and a route by the model that a request names, as on
 * Kubernetes. It reads keys and certificate from a volume that commands fill (`make up`, `make keys`), and again when they change; they never enter
 * the state. Envoy's image has no program that could ask whether it is well, so that whoever made the volume asks at the door itself.
 */
export class LocalGateway extends pulumi.ComponentResource {
  /** Base URL of the OpenAI-compatible API. */
  public readonly url: pulumi.Output<string>;
  public readonly container: docker.Container;

  constructor(name: string, args: LocalGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:local:LocalGateway", name, {}, opts);

    const { environment, host, address = "127.0.0.1", port = 8443, networks, models, consumers } = args;
    check(this, "host", bounds.host, host);
    check(this, "port", bounds.port, port);
    const limits = check(this, "limits", bounds.requestLimits, args.limits ?? {});
    const config = JSON.stringify(envoyConfig({ host, models, consumers, limits, metrics: args.metrics ?? false }));
    this.container = createContainer(
      `${name}-envoy`,
      {
        belongs: { environment, role: "gateway" },
        suffix: "gateway",
        image: createImage(`${name}-image`, args.image, this),
        networks: [{ name: networks.models, aliases: [gatewayName] }, { name: networks.door }],
        mounts: [{ volumeName: doorVolume(environment), containerPath: doorFolder, readOnly: true }],
        user: nobody,
        memoryMib: gatewayMemoryMib,
        overrides: {
          entrypoints: ["envoy"],
          command: ["--config-yaml", config, "--log-level", "warning", "--disable-hot-restart", "--concurrency", "2"],
          ports: [{ internal: doorPort, external: port, ip: address }],
          restart: "unless-stopped",
        },
      },
      { parent: this },
    );
    this.url = pulumi.interpolate`https://${host}:${port}/v1`;
    this.registerOutputs({ url: this.url });
  }
}
