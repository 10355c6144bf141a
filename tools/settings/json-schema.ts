import { z } from "zod";

import { environmentSchema } from "../../stacks/environment";

/** The part of JSON Schema that zod writes of our settings. */
export interface JsonSchema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** What is said of a value that is refused, where the schema has words for it. */
  readonly "x-bounds"?: readonly string[];
}

/** The checks of a schema, as zod keeps them for libraries (zod.dev/library-authors). */
interface Checked {
  readonly _zod: {
    readonly def: {
      readonly checks?: readonly { readonly _zod: { readonly def: { readonly error?: (issue: object) => unknown } } }[];
      readonly error?: (issue: object) => unknown;
    };
  };
}

/** Every setting of an environment as JSON Schema; `bounds` adds the words of each bound, `refs` writes what is used twice once. */
export function settingsSchema({ bounds = false, refs = false } = {}): JsonSchema {
  const options = {
    io: "input",
    reused: refs ? "ref" : "inline",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: object }) => {
      const words = bounds ? boundsOf(zodSchema as Checked) : [];
      if (words.length > 0) Object.assign(jsonSchema, { "x-bounds": words });
    },
  } as const;
  return z.toJSONSchema(environmentSchema, options) as JsonSchema;
}

function boundsOf({ _zod: { def } }: Checked): string[] {
  const errors = [def.error, ...(def.checks ?? []).map((check) => check._zod.def.error)];
  const words = errors.map((error) => error?.({}));
  return [...new Set(words.filter((word): word is string => typeof word === "string"))];
}

/** Where the schema of environment files is kept, from the project's root. */
export const schemaFile = "stacks/environment.schema.json";

/** The first line of an environment file: by it editors find the schema. */
export const schemaLine = "# yaml-language-server: $schema=environment.schema.json";

/** The schema of a whole environment file, for editors: our settings, those of other programs, and what Pulumi keeps beside them. */
export function fileSchema(): object {
  const { properties = {}, required = [], ...rest } = settingsSchema({ refs: true });
  const own = Object.fromEntries(Object.entries(properties).map(([name, value]) => [`slm:${name}`, value]));
  const { $schema, $defs } = rest as { $schema?: string; $defs?: object };
  return {
    $schema,
    $defs,
    title: "Environment of slm-stack",
    type: "object",
    required: ["config"],
    properties: {
      secretsprovider: { type: "string", description: "Key service that encrypts the secrets in the state. Default: a passphrase." },
      encryptionsalt: { type: "string", description: "Written by Pulumi." },
      encryptedkey: { type: "string", description: "Written by Pulumi." },
      config: {
        type: "object",
        required: required.map((name) => `slm:${name}`),
        properties: own,
        propertyNames: { anyOf: [{ enum: Object.keys(own) }, { not: { pattern: "^slm:" } }] },
      },
    },
    additionalProperties: false,
  };
}
