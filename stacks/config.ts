import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";
import type { SecretValues } from "../components/secrets/secret-store";
import { type Login, loginFaults, loginFrom } from "../lib/azure/kubeconfig";
import { faultMessage } from "../lib/planner/fault";
import type { EnvironmentPlan } from "../lib/planner/types";
import { type Environment, EnvironmentError, parseEnvironment } from "./environment";
import { imageName } from "./image-names";
import { grafanaPasswordName } from "./monitoring";
import { deployablePlan, previewPlan } from "./plan-request";
import { hfTokenName } from "./servers";

/**
 * The environment of the stack that runs, and its plan. Mistakes in either end the program, all at once, before any resource is registered.
 * A preview goes on without what only an update needs, and tells it.
 */
export function loadEnvironment(): { environment: Environment; plan: EnvironmentPlan } {
  const stack = pulumi.getStack();
  const file = `stacks/Pulumi.${stack}.yaml`;
  const environment = read(stack, file);
  const { plan, missing } = pulumi.runtime.isDryRun() ? previewPlan(environment) : { plan: deployablePlan(environment), missing: [] };
  if (plan.faults.length > 0)
    throw new pulumi.RunError(`${file} has no plan:\n${plan.faults.map((fault) => `✖ ${faultMessage(fault)}`).join("\n")}`);
  for (const fault of missing) void pulumi.log.warn(`before an update: ${faultMessage(fault)}`);
  return { environment, plan };
}

/** Images of the servers, by name; in a preview, one whose digest nobody has named yet is not known. */
export const serverImages = ({ imageDigests }: Environment, { models }: EnvironmentPlan): Record<string, pulumi.Input<string>> => ({
  ...Object.fromEntries(models.map((model) => [imageName(model), pulumi.output<string>(unknown as never)])),
  ...imageDigests,
});

/** The secrets of an environment, by their name in its store. */
export function secretValues(environment: Environment): SecretValues {
  const token = hfToken(environment);
  const { monitoring } = environment;
  const password = monitoring?.mode === "standalone" ? monitoring.grafana?.adminPassword : undefined;
  return {
    ...(token ? { [hfTokenName]: token } : {}),
    ...(password && "env" in password ? { [grafanaPasswordName]: fromVariable("monitoring.grafana.adminPassword", password.env) } : {}),
  };
}

/** How the program enters a cluster on Azure; undefined where the environment has none. An update ends here when it could not. */
export function azureLogin({ azure }: Environment): Login | undefined {
  if (!azure) return undefined;
  const login = loginFrom(azure.login, process.env);
  const faults = pulumi.runtime.isDryRun() ? [] : loginFaults(login, process.env);
  if (faults.length > 0) throw new pulumi.RunError(faults.join("\n"));
  return login;
}

/** The Hugging Face token, as a secret; undefined where none is named. */
function hfToken({ hfToken: token }: Environment): pulumi.Output<string> | undefined {
  if (token === undefined) return undefined;
  if ("secure" in token) return new pulumi.Config().requireSecret("hfToken");
  return fromVariable("hfToken", token.env);
}

function fromVariable(path: string, name: string): pulumi.Output<string> {
  const value = process.env[name];
  if (!value) throw new pulumi.RunError(`${path}: the variable ${name} is not set or empty; export it before the update`);
  return pulumi.secret(value);
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
