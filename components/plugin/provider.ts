import { readFileSync } from "node:fs";
import path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { packageSchema } from "../../lib/package-schema/package-schema";
import { checkedArguments } from "./arguments";
import { hosted } from "./components";

const root = path.resolve(__dirname, "../..");

/** Makes the library's components for programs in YAML, Python, Go and C#; their types are those of a program in TypeScript, so states are alike. */
export class ComponentProvider implements pulumi.provider.Provider {
  readonly version: string = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")).version;

  async getSchema(): Promise<string> {
    return JSON.stringify({
      name: "slm",
      version: this.version,
      description: "Small language models behind stable, OpenAI-compatible endpoints.",
      license: "Apache-2.0",
      meta: { moduleFormat: "(.*)" },
      ...packageSchema(Object.values(hosted)),
      language,
    });
  }

  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    const known = hosted[type];
    if (!known) throw new Error(`${type}: must be one of ${Object.keys(hosted).join(", ")}`);
    const args = checkedArguments(known, name, inputs);
    const { component, outputs } = named(`${type} (${name})`, () => known.create(name, args, options));
    return { urn: component.urn, state: outputs };
  }
}

/** A mistake in an argument, reported with the component's name: the engine shows what a plugin says as it is. */
function named<T>(component: string, create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (pulumi.ResourceError.isInstance(error) || pulumi.RunError.isInstance(error)) throw new Error(`${component}:\n${error.message}`);
    throw error;
  }
}

const language = {
  python: { pyproject: { enabled: true } },
  go: { importBasePath: "slm-stack/sdk/go/slm", generateResourceContainerTypes: false },
};
