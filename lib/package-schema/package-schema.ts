import { z } from "zod";

/** JSON Schema, as far as zod writes it. */
interface Json {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Json>>;
  /** Several: a value of any of them. */
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly items?: Json;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly additionalProperties?: Json | boolean;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
}

/** A property of Pulumi's package schema (pulumi.com/docs/iac/extending-pulumi/schema). */
export type Property = Readonly<Record<string, unknown>>;
export type Types = Record<string, Readonly<Record<string, unknown>>>;

/** A component that other languages make: its arguments, those of them that are `Input`s, and its outputs. */
export interface ComponentSchema {
  /** `package:module:Type`, the type of the component itself. */
  readonly token: string;
  readonly description: string;
  readonly arguments: z.ZodObject;
  readonly inputs: readonly string[];
  readonly outputs: Readonly<Record<string, Property>>;
}

const any: Property = { $ref: "pulumi.json#/Any" };

/** Resources and types of a package. Objects of several arguments are named by their zod `id`, others by where they stand. */
export function packageSchema(components: readonly ComponentSchema[]): { resources: object; types: Types } {
  const types: Types = {};
  return { resources: Object.fromEntries(components.map((component) => [component.token, resource(component, types)])), types };
}

function resource({ token, description, arguments: schema, inputs, outputs }: ComponentSchema, types: Types): object {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
  const at: Place = {
    module: token.slice(0, token.lastIndexOf(":")),
    name: token.slice(token.lastIndexOf(":") + 1),
    defs: json.$defs ?? {},
    types,
  };
  const property = ([name, value]: [string, Json]) => [
    name,
    inputs.includes(name) ? described(value, below(at, name)) : plain(described(value, below(at, name))),
  ];
  return {
    isComponent: true,
    description,
    inputProperties: Object.fromEntries(Object.entries(json.properties ?? {}).map(property)),
    requiredInputs: [...(json.required ?? [])],
    properties: outputs,
    required: Object.keys(outputs),
  };
}

/**
 * A value that a program knows before it makes anything: the plan is computed from it. Objects in lists and maps are not marked: Go's generator
 * leaves out types that nothing but a plain list has.
 */
function plain(property: Property): Property {
  const inner = ["items", "additionalProperties"].filter((key) => key in property && !("$ref" in (property[key] as Property)));
  return { ...property, ...Object.fromEntries(inner.map((key) => [key, plain(property[key] as Property)])), plain: true };
}

/** Where a schema stands: its module and the name that an object there gets. */
interface Place {
  readonly module: string;
  readonly name: string;
  readonly defs: Readonly<Record<string, Json>>;
  readonly types: Types;
}

const below = (at: Place, name: string): Place => ({ ...at, name: `${at.name}${name.charAt(0).toUpperCase()}${name.slice(1)}` });

const described = (json: Json, at: Place): Property => ({
  ...propertyOf(json, at),
  ...(json.description || json.enum ? { description: [json.description, oneOf(json)].filter(Boolean).join(" ") } : {}),
});

const oneOf = ({ enum: values }: Json): string | undefined => values && `One of ${values.map((value) => `\`${value}\``).join(", ")}.`;

function propertyOf(json: Json, at: Place): Property {
  if (json.$ref) return reference(json.$ref, at);
  const members = json.anyOf ?? json.oneOf;
  if (members) return unionOf(members, at);
  if (json.const !== undefined) return { type: typeof json.const, const: json.const };
  if (json.type === "array") return { type: "array", items: propertyOf(json.items ?? {}, at) };
  if (json.type === "object") return objectOf(json, at);
  return typeof json.type === "string" ? { type: json.type } : any;
}

function reference(ref: string, at: Place): Property {
  const name = ref.replace("#/$defs/", "");
  return propertyOf(at.defs[name]!, { ...at, name });
}

/** An object with fields becomes a type of its own; one without is a map. */
function objectOf({ properties, additionalProperties, required = [], description }: Json, at: Place): Property {
  if (!properties) {
    const values = typeof additionalProperties === "object" ? propertyOf(additionalProperties, at) : any;
    return { type: "object", additionalProperties: values };
  }
  const fields = Object.entries(properties).map(([name, value]) => [name, described(value, below(at, name))]);
  const type = { type: "object", ...(description ? { description } : {}), properties: Object.fromEntries(fields), required: [...required] };
  return { $ref: `#/types/${tokenOf(type, at)}` };
}

/** Objects that are alike are one type, under the name that the first has. */
function tokenOf(type: Types[string], { module, name, types }: Place): string {
  const token = `${module}:${name}`;
  const same = Object.keys(types).find((other) => other.startsWith(`${module}:`) && JSON.stringify(types[other]) === JSON.stringify(type));
  if (same) return same;
  types[token] = type;
  return token;
}

/** Objects that a field tells apart are a union in every language; anything else is whatever the program checks when it runs. */
function unionOf(members: readonly Json[], at: Place): Property {
  const resolved = members.map((member) => (member.$ref ? at.defs[member.$ref.replace("#/$defs/", "")]! : member));
  if (!resolved.every(({ properties }) => properties)) return any;
  const kinds = resolved.map(({ properties }) => properties!["kind"]?.const ?? properties!["mode"]?.const);
  const refs = members.map((member, index) =>
    propertyOf(member, member.$ref ? at : below(at, String(kinds[index] ?? Object.keys(resolved[index]!.properties!)[0]))),
  );
  if (!kinds.every((kind) => typeof kind === "string")) return { oneOf: refs };
  const propertyName = resolved[0]!.properties!["kind"] ? "kind" : "mode";
  const mapping = Object.fromEntries(kinds.map((kind, index) => [kind, refs[index]!["$ref"]]));
  return { oneOf: refs, discriminator: { propertyName, mapping } };
}
