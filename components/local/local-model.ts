import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { deadlineSeconds, stagesSeconds } from "../../lib/cold-start";
import * as limits from "../../lib/limits";
import type { ModelPlan } from "../../lib/planner/types";
import { check } from "../check";
import { downloadFolder } from "../serving/download-job";
import { type ContainerSettings, createContainer, createImage, type Mount, nobody, onceMore, owner, variables } from "./container";
import { type Customised, dockerEngines, type EngineContainers, engineContainers, type Script } from "./engines";
import { labelList, labelsOf, prefixOf, type Role, shortHash } from "./names";

/** Inputs of {@link LocalModel}. */
export interface LocalModelArgs extends Customised {
  /** Name of the environment: names on the engine begin with it. Replaces everything. */
  readonly environment: string;
  /** What the planner decided of the model. */
  readonly plan: ModelPlan;
  /** Image of the engine, pinned by digest. */
  readonly image: pulumi.Input<string>;
  /** Network of the servers: one without a way out. */
  readonly network: pulumi.Input<string>;
  /** Network by which weights are downloaded, of no meaning to a model whose image carries them. @default Docker's own */
  readonly downloadNetwork?: pulumi.Input<string>;
}

/** Memory of a container that downloads weights or fills a store, in MiB: as that of the pod on Kubernetes. */
const helperMib = 2048;
/** Seconds by which Pulumi outlasts the wait for a server, so that it is the wait that says what failed. */
const noticeSeconds = 60;

/**
 * One model on a Docker engine, at its own name in the servers' network. Weights are downloaded by a container of their own to a volume that
 * outlives the model; the server only reads it, and has no way out.
 */
export class LocalModel extends pulumi.ComponentResource {
  /** The server: ready, which means that its models are loaded. */
  public readonly container: docker.Container;
  /** The volume that weights were downloaded to; undefined: the image carries them. */
  public readonly weights: docker.Volume | undefined;

  /** `name` is the name that clients ask for, and that of the server in its network; a DNS label. */
  constructor(name: string, args: LocalModelArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:local:LocalModel", name, {}, opts);

    check(this, "name", limits.dnsLabel, name);
    check(this, "plan.engine", z.enum(dockerEngines, `must be ${dockerEngines.join(" or ")} on Docker`), args.plan.engine);
    const engine = engineContainers(args.plan, args);
    const image = createImage(`${name}-image`, args.image, this);
    this.weights = engine.download && createVolume(this, name, args, "weights", engine.weightsHash, true);
    const weights: Mount[] = this.weights ? [mount(this.weights, engine.weightsMount)] : [];
    if (engine.download) createDownload(this, name, args, engine.download, image, this.weights!);
    const store = engine.store && fillStore(this, name, args, engine.store, image, weights);
    this.container = createServer(this, name, args, engine, image, [...weights, ...(store ? [store] : [])]);

    this.registerOutputs({ container: this.container.name });
  }
}

const mount = ({ name }: docker.Volume, containerPath: string, readOnly = true): Mount => ({
  volumeName: name,
  containerPath,
  readOnly,
});

/** A volume whose name tells what it holds; `kept` outlives the stack, since what it holds was downloaded. */
function createVolume(
  parent: pulumi.Resource,
  name: string,
  { environment }: LocalModelArgs,
  role: "weights" | "store",
  hash: string,
  kept: boolean,
): docker.Volume {
  return new docker.Volume(
    `${name}-${role}`,
    { name: `${prefixOf(environment)}-${name}-${role}-${hash}`, labels: labelList(labelsOf(environment, role, name)) },
    { parent, retainOnDelete: kept },
  );
}

const scriptArgs = ({ line, envs }: Script): Partial<docker.ContainerArgs> => ({
  entrypoints: ["/bin/sh", "-euc"],
  command: [line],
  envs: variables(envs),
  ...onceMore,
});

function createDownload(
  parent: pulumi.Resource,
  name: string,
  args: LocalModelArgs,
  script: Script,
  image: docker.RemoteImage,
  volume: docker.Volume,
): void {
  const settings = helper(args, name, "download", image, [mount(volume, downloadFolder, false)], script);
  createContainer(`${name}-download`, { ...settings, networks: [{ name: args.downloadNetwork ?? "bridge" }] }, { parent });
}

/** Fills the store by a container without a network. */
function fillStore(
  parent: pulumi.Resource,
  name: string,
  args: LocalModelArgs,
  script: Script & { readonly mountPath: string },
  image: docker.RemoteImage,
  weights: readonly Mount[],
): Mount {
  const hash = pulumi.jsonStringify([script, image.imageId]).apply(shortHash);
  const store = new docker.Volume(
    `${name}-store`,
    {
      name: pulumi.interpolate`${prefixOf(args.environment)}-${name}-store-${hash}`,
      labels: labelList(labelsOf(args.environment, "store", name)),
    },
    { parent },
  );
  const mounts = [...weights, mount(store, script.mountPath, false)];
  createContainer(`${name}-models`, helper(args, name, "models", image, mounts, script), { parent });
  return mount(store, script.mountPath);
}

const helper = (
  { environment }: LocalModelArgs,
  model: string,
  role: Role,
  image: docker.RemoteImage,
  mounts: readonly Mount[],
  script: Script,
): ContainerSettings => ({
  belongs: { environment, role, model },
  suffix: `${model}-${role}`,
  image,
  networks: [],
  mounts,
  user: owner,
  memoryMib: helperMib,
  overrides: scriptArgs(script),
});

function createServer(
  parent: pulumi.Resource,
  name: string,
  { environment, plan, network }: LocalModelArgs,
  { server }: EngineContainers,
  image: docker.RemoteImage,
  mounts: readonly Mount[],
): docker.Container {
  const { memoryMib, cpuCores, gpuCount, shmGib } = plan.pod;
  const seconds = deadlineSeconds({ totalSeconds: stagesSeconds(plan.coldStart) });
  return createContainer(
    `${name}-server`,
    {
      belongs: { environment, role: "server", model: name },
      suffix: name,
      image,
      networks: [{ name: network, aliases: [name] }],
      mounts,
      user: nobody,
      memoryMib,
      overrides: {
        ...(server.entrypoints ? { entrypoints: server.entrypoints } : {}),
        command: server.command,
        envs: variables(server.envs),
        cpuShares: Math.max(2, Math.round(cpuCores * 1024)), // a share, as a request on Kubernetes: idle processors may be used
        ...(shmGib > 0 ? { shmSize: Math.ceil(shmGib * 1024) } : {}),
        ...(gpuCount > 0 ? { gpus: "all" } : {}),
        restart: "unless-stopped",
        healthcheck: healthOf(server.health, plan, seconds),
        wait: true,
        waitTimeout: seconds,
      },
    },
    { parent, customTimeouts: { create: `${seconds + noticeSeconds}s` } },
  );
}

/** What fails before the model may be loaded counts for nothing. */
const healthOf = (line: string, { coldStart }: ModelPlan, startSeconds: number) => ({
  tests: ["CMD-SHELL", line],
  interval: "5s",
  timeout: duration(coldStart.loadSeconds),
  startPeriod: duration(startSeconds),
  retries: 3,
});

/** As Docker writes it: another way to write the same would be a change at every update. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${rest}s`;
}
