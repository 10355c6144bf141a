import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { addressOf, resources } from "../../tools/azure-stand-in/resources";
import { plain, unknownValue } from "../../tools/azure-stand-in/validate";
import { repoRoot } from "../../tools/lib/paths";

/** Azure's published Bicep types of the exact API versions, kept beside the project and not in it: `<namespace>.<Type>@<version>.json`. */
const folder = path.resolve(repoRoot, process.env["SLM_ARM_TYPES"] || "../shared/facts/arm-types");

interface Ref {
  $ref: string;
}
interface ArmType {
  $type: string;
  body?: Ref;
  properties?: Record<string, { type: Ref; flags?: number }>;
  baseProperties?: Record<string, { type: Ref; flags?: number }>;
  discriminator?: string;
  additionalProperties?: Ref;
  itemType?: Ref;
  elements?: Ref[] | Record<string, Ref>;
  value?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minValue?: number;
  maxValue?: number;
}
type Value = Record<string, unknown>;

const flags = { required: 1, readOnly: 2, deployTime: 8 };

/** Types of the stand-in for which there are types of Azure's own here. */
export const armTypes = (): string[] =>
  Object.keys(resources).filter((type) => existsSync(folder) && readdirSync(folder).some((file) => file.startsWith(fileOf(type))));

const fileOf = (type: string): string => `${type.replace(":", ".")}@`;

/** What Azure's own types have against the inputs of a resource, each as `path: what`. What a preview does not know yet is left out. */
export function armProblems(type: string, inputs: Value): string[] {
  const file = readdirSync(folder).find((name) => name.startsWith(fileOf(type)))!;
  const types = JSON.parse(readFileSync(path.join(folder, file), "utf8")) as ArmType[];
  const root = types.findIndex(({ $type }) => $type === "ResourceType");
  const known = plain(inputs) as Value;
  const name = known[addressOf(type).at(-1)!];
  const body = Object.fromEntries(Object.entries(known).filter(([key, value]) => !addressOf(type).includes(key) && value !== undefined));
  return new Checker(types).check(types[root]!.body!, { ...body, ...(typeof name === "string" ? { name } : {}) }, "");
}

class Checker {
  constructor(private readonly types: readonly ArmType[]) {}

  private at = ({ $ref }: Ref): ArmType => this.types[Number($ref.split("/").at(-1))]!;

  check(ref: Ref, value: unknown, where: string): string[] {
    const type = this.at(ref);
    if (value === unknownValue) return [];
    const wrong = (text: string): string[] => [`${where}: ${text}, got ${JSON.stringify(value)}`];
    switch (type.$type) {
      case "ObjectType":
        if (isIds(value) && type.additionalProperties) return []; // a set of ids, which the wire keeps as an object
        return isRecord(value) ? this.object(type, type.properties ?? {}, value, where) : wrong("must be an object");
      case "DiscriminatedObjectType":
        return this.discriminated(type, value as Value, where);
      case "ArrayType":
        return this.list(type, value, where);
      case "UnionType":
        return this.union(type, value, where);
      case "StringLiteralType":
        return value === type.value ? [] : wrong(`must be ${type.value}`);
      case "StringType":
        return typeof value === "string" ? text(type, value).flatMap(wrong) : wrong("must be a string");
      case "IntegerType":
        return typeof value === "number" ? number(type, value).flatMap(wrong) : wrong("must be a number");
      case "BooleanType":
        return typeof value === "boolean" ? [] : wrong("must be true or false");
      default:
        return [];
    }
  }

  /** Fields of a type; the SDK leaves out the envelope `properties`, so its fields count as the type's own where there is none. */
  private fields(own: NonNullable<ArmType["properties"]>, value: Value): NonNullable<ArmType["properties"]> {
    const envelope = own["properties"];
    const inner = envelope && value["properties"] === undefined ? this.at(envelope.type) : undefined;
    const named = Object.fromEntries(Object.entries(own).map(([key, field]) => [camelCase(key), field]));
    if (!inner) return named;
    const { properties: _, ...rest } = named;
    return { ...rest, ...this.fields(inner.properties ?? inner.baseProperties ?? {}, value) };
  }

  private object(type: ArmType, own: NonNullable<ArmType["properties"]>, value: Value, where: string): string[] {
    const fields = this.fields(own, value);
    const below = (key: string): string => (where ? `${where}.${key}` : key);
    const missing = Object.entries(fields).filter(
      ([key, { flags: set = 0 }]) => set & flags.required && !(set & flags.deployTime) && value[key] === undefined,
    );
    return [
      ...missing.map(([key]) => `${below(key)}: is required`),
      ...Object.entries(value).flatMap(([key, inner]) => {
        if (inner === undefined || inner === null) return [];
        const field = fields[key];
        if (!field)
          return type.additionalProperties ? this.check(type.additionalProperties, inner, below(key)) : [`${below(key)}: is unknown`];
        const { flags: set = 0 } = field;
        if (set & flags.readOnly && !(set & flags.deployTime)) return [`${below(key)}: is read-only`];
        return this.check(field.type, inner, below(key));
      }),
    ];
  }

  private discriminated(type: ArmType, value: Value, where: string): string[] {
    const elements = type.elements as Record<string, Ref>;
    const kind = value[type.discriminator!];
    const element = elements[String(kind)];
    if (!element)
      return [`${where}.${type.discriminator}: must be one of ${Object.keys(elements).join(", ")}, got ${JSON.stringify(kind)}`];
    return this.object(type, { ...type.baseProperties, ...this.at(element).properties }, value, where);
  }

  private list(type: ArmType, value: unknown, where: string): string[] {
    if (!Array.isArray(value)) return [`${where}: must be a list, got ${JSON.stringify(value)}`];
    return value.flatMap((item, index) => this.check(type.itemType!, item, `${where}[${index}]`));
  }

  /** Known values are all that count, although Azure leaves a union of words open. */
  private union(type: ArmType, value: unknown, where: string): string[] {
    const elements = type.elements as Ref[];
    const words = elements.map(this.at).flatMap((element) => (element.$type === "StringLiteralType" ? [element.value!] : []));
    if (words.length > 0 && typeof value === "string")
      return words.includes(value) ? [] : [`${where}: must be one of ${words.join(", ")}, got ${JSON.stringify(value)}`];
    const problems = elements.map((element) => this.check(element, value, where));
    return problems.some((found) => found.length === 0) ? [] : problems[0]!;
  }
}

const camelCase = (key: string): string => key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const isIds = (value: unknown): boolean => Array.isArray(value) && value.every((id) => typeof id === "string");

const isRecord = (value: unknown): value is Value => typeof value === "object" && value !== null && !Array.isArray(value);

const text = ({ pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY }: ArmType, value: string): string[] => [
  ...(pattern && !new RegExp(pattern).test(value) ? [`must be like ${pattern}`] : []),
  ...(value.length < minLength || value.length > maxLength ? [`must have ${minLength} to ${maxLength} characters`] : []),
];

const number = ({ minValue = Number.NEGATIVE_INFINITY, maxValue = Number.POSITIVE_INFINITY }: ArmType, value: number): string[] =>
  value < minValue || value > maxValue ? [`must be from ${minValue} to ${maxValue}`] : [];
