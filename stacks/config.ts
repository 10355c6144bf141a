import * as pulumi from "@pulumi/pulumi";

import { fromVariable, grafanaPassword, runnablePlan } from "../components/environment/inputs";
import { hfTokenName } from "../components/environment/servers";
import type { SecretValues } from "../components/secrets/secret-store";
import type { EnvironmentPlan } from "../lib/planner/types";
import { type Environment, EnvironmentError, fromRoot, parseEnvironment } from "./environment";

/**
 * The environment of the stack that runs, its plan, and the file that messages name. Mistakes in either end the program, all at once, before any
 * resource is registered. A preview goes on without what only an update needs, and tells it.
 */
export function loadEnvironment(): { environment: Environment; plan: EnvironmentPlan; from: string } {
  const stack = pulumi.getStack();
  const from = `stacks/Pulumi.${stack}.yaml`;
  const environment = atRoot(read(stack, from));
  return { environment, plan: runnablePlan(environment, from), from };
}

/** The program may run in another folder than the project's root. */
const atRoot = (environment: Environment): Environment => {
  const { kubeconfig } = environment.kubernetes;
  return kubeconfig ? { ...environment, kubernetes: { ...environment.kubernetes, kubeconfig: fromRoot(kubeconfig) } } : environment;
};

/** The secrets of an environment, by their name in its store. */
export function secretValues(environment: Environment): SecretValues {
  const token = hfToken(environment);
  return { ...(token ? { [hfTokenName]: token } : {}), ...grafanaPassword(environment) };
}

/** The Hugging Face token, as a secret; undefined where none is named. */
function hfToken({ hfToken: token }: Environment): pulumi.Output<string> | undefined {
  if (token === undefined) return undefined;
  if ("secure" in token) return new pulumi.Config().requireSecret("hfToken");
  return fromVariable("hfToken", token.env);
}

function read(stack: string, file: string): Environment {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  // The engine hands a secret over in clear, and its name beside it: only that it was one is kept here.
  const secrets = new Set(JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]"));
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), secrets.has(key) ? { secure: "" } : decode(value)]));
  try {
    return parseEnvironment(stack, raw, file);
  } catch (error) {
    if (error instanceof EnvironmentError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** The engine hands objects over as JSON, and plain strings as they are. */
function decode(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
