import { z } from "zod";
import type { EngineName } from "../engines/tables";
import * as limits from "../limits";
import { externalUrl } from "../monitoring/limits";
import type { Signal } from "../monitoring/queries";
import { signalsOf } from "../scaling/scaled-object";
import type { Scaling } from "../scaling/settings";

/** Section `scaling:` of an environment: who scales, and where it asks. */
export const scalingSection = z.strictObject({
  keda: z
    .enum(["installed", "existing"], "must be installed or existing")
    .default("installed")
    .describe(
      "Whether the stack installs KEDA, or the cluster has it: there can be one. On Azure it is an add-on of the cluster, so existing.",
    ),
  namespace: limits.dnsLabel
    .default("slm-keda")
    .describe(
      "Namespace of KEDA: the stack makes it for its own; an existing one may ask Prometheus from there. Replaces what is installed.",
    ),
  prometheusUrl: externalUrl
    .optional()
    .describe(
      "Base URL of the Prometheus that is asked, as the cluster's pods reach it. Default: that of a monitoring of mode standalone.",
    ),
});

/** A section, parsed. */
export type ScalingSection = z.infer<typeof scalingSection>;

interface Scaled {
  readonly engine: EngineName;
  readonly replicas?: number | undefined;
  readonly scaling?: Scaling | undefined;
}

interface Front {
  readonly scaling?: ScalingSection | undefined;
  readonly monitoring?: { readonly mode: string; readonly gateway?: object | undefined } | undefined;
  readonly models: Readonly<Record<string, Scaled>>;
}

interface ScalingFault {
  readonly path: string[];
  readonly message: string;
}

/** What does not go together: reported with every other mistake. */
export function scalingFaults({ scaling: section, monitoring, models }: Front): ScalingFault[] {
  const scaled = Object.entries(models).filter(([, { scaling }]) => scaling);
  const [first] = scaled;
  if (!first) return section ? [{ path: ["scaling"], message: "must be left out where no model has scaling" }] : [];
  const asked = section?.prometheusUrl !== undefined || monitoring?.mode === "standalone";
  return [
    ...(section ? [] : [{ path: ["scaling"], message: `must be given, as {} or more, where a model is scaled, as ${first[0]} is` }]),
    ...(section && !asked
      ? [
          {
            path: ["scaling", "prometheusUrl"],
            message: "must be given where monitoring is not standalone: a scaler asks Prometheus; or set monitoring.mode: standalone",
          },
        ]
      : []),
    ...scaled.flatMap(([name, model]) => modelFaults(name, model, monitoring?.gateway !== undefined)),
  ];
}

function modelFaults(name: string, { engine, replicas, scaling }: Scaled, counted: boolean): ScalingFault[] {
  const at = ["models", name];
  const known = signalsOf[engine];
  const signals = (["waiting", "kvUse", "concurrency"] as const satisfies Signal[]).filter((signal) => scaling![signal] !== undefined);
  return [
    ...(replicas === undefined
      ? []
      : [{ path: [...at, "replicas"], message: "must be left out where scaling is given, which sets the pods" }]),
    ...signals
      .filter((signal) => !known.includes(signal))
      .map((signal) => ({
        path: [...at, "scaling", signal],
        message: `must be left out: ${engine} tells nothing of it; use ${known.join(" or ")}`,
      })),
    ...(engine === "ollama" && !counted
      ? [
          {
            path: [...at, "scaling"],
            message: "must come with monitoring.gateway: Ollama tells nothing of its requests, and the gateway's Envoy counts them",
          },
        ]
      : []),
  ];
}

/** Official images of KEDA, by their name in the images file: the version that was tested (tools/build/recipes/keda.ts). */
export const officialScalingImages = {
  keda: "ghcr.io/kedacore/keda:2.21.0",
  "keda-metrics-apiserver": "ghcr.io/kedacore/keda-metrics-apiserver:2.21.0",
} as const;

/** Images that the section needs. */
export const scalingImages = (section: ScalingSection | undefined): (keyof typeof officialScalingImages)[] =>
  section?.keda === "installed" ? ["keda", "keda-metrics-apiserver"] : [];
