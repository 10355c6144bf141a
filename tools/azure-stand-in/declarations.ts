import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import ts from "typescript";

/** What a value may be, read from the SDK's own type declarations. */
export type Shape =
  | { kind: "string" | "number" | "boolean" | "any" }
  | { kind: "enum"; name: string; values: string[] }
  | { kind: "list" | "map"; of: Shape }
  | { kind: "object"; name: string }
  | { kind: "union"; of: Shape[] };

/** Properties of one object, resource or function. */
export type Properties = Record<string, { shape: Shape; required: boolean }>;

const sdk = path.dirname(createRequire(__filename).resolve("@pulumi/azure-native/package.json"));

/** Version of the SDK whose declarations are read. */
export const sdkVersion: string = JSON.parse(readFileSync(path.join(sdk, "package.json"), "utf8")).version;

/** Each declaration is parsed once per process: one file of 7 MB holds all inputs, and only the namespace in question is parsed. */
const parsed = new Map<string, ts.SourceFile>();

function parse(key: string, text: () => string): ts.SourceFile {
  const known = parsed.get(key);
  if (known) return known;
  const file = ts.createSourceFile(key, text(), ts.ScriptTarget.Latest, true);
  parsed.set(key, file);
  return file;
}

const texts = new Map<string, string>();
const read = (file: string): string => {
  const text = texts.get(file) ?? readFileSync(path.join(sdk, file), "utf8");
  texts.set(file, text);
  return text;
};

/** `azure-native:containerservice:AgentPool` → [`containerservice`, `AgentPool`]. */
function parts(token: string): [string, string] {
  const [provider, module, name] = token.split(":");
  if (provider !== "azure-native" || !module || !name) throw new Error(`${token}: not a token of azure-native`);
  return [module, name];
}

/** The declaration file of a resource or function; undefined: the SDK has none. */
function fileOf(token: string): ts.SourceFile | undefined {
  const [module, name] = parts(token);
  const file = `${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}.d.ts`;
  return existsSync(path.join(sdk, file)) ? parse(file, () => read(file)) : undefined;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Inputs of a resource or function; undefined: the SDK has no such type. A function without arguments has no properties. */
export function inputsOf(token: string): Properties | undefined {
  const file = fileOf(token);
  return file && (interfaceOf(file, `${capital(parts(token)[1])}Args`) ?? {});
}

/** Outputs of a resource (its class) or function (its result); undefined: the SDK has no such type. */
export function outputsOf(token: string): Properties | undefined {
  const file = fileOf(token);
  const name = parts(token)[1];
  return file && (classOf(file, name) ?? interfaceOf(file, `${capital(name)}Result`));
}

/** Properties of `containerservice.AgentPoolArgs` (inputs) or `containerservice.AgentPoolResponse` (outputs). */
export function objectOf(name: string): Properties {
  const [module, type] = name.split(".") as [string, string];
  const file = type.endsWith("Args") ? "types/input.d.ts" : "types/output.d.ts";
  const source = parse(`${file}#${module}`, () => namespaceOf(read(file), module));
  const found = interfaceOf(source, type);
  if (!found) throw new Error(`${name}: not in ${file}`);
  return found;
}

/** The text inside `export declare namespace <module> { … }`. */
function namespaceOf(text: string, module: string): string {
  const start = text.indexOf(`export declare namespace ${module} {`);
  if (start < 0) throw new Error(`${module}: no such namespace in the SDK`);
  return text.slice(text.indexOf("{", start) + 1, text.indexOf("\n}\n", start));
}

function interfaceOf(file: ts.SourceFile, name: string): Properties | undefined {
  const found = file.statements.find((node): node is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(node) && node.name.text === name);
  return found && propertiesOf(found.members);
}

function classOf(file: ts.SourceFile, name: string): Properties | undefined {
  const found = file.statements.find((node): node is ts.ClassDeclaration => ts.isClassDeclaration(node) && node.name?.text === name);
  return (
    found && propertiesOf(found.members.filter((member) => ts.isPropertyDeclaration(member) && !member.type?.getText().includes("unique")))
  );
}

function propertiesOf(members: readonly (ts.TypeElement | ts.ClassElement)[]): Properties {
  const entries = members.flatMap((member) => {
    if (!(ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) || !member.type) return [];
    const name = ts.isStringLiteral(member.name) ? member.name.text : member.name.getText();
    return [[name, { shape: shapeOf(member.type), required: !member.questionToken }] as const];
  });
  return Object.fromEntries(entries);
}

function shapeOf(node: ts.TypeNode): Shape {
  if (ts.isArrayTypeNode(node)) return { kind: "list", of: shapeOf(node.elementType) };
  if (ts.isTypeLiteralNode(node)) return mapOf(node);
  if (ts.isUnionTypeNode(node)) return unionOf(node.types.filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword).map(shapeOf));
  if (ts.isLiteralTypeNode(node)) return { kind: "enum", name: "literal", values: [node.literal.getText().replaceAll('"', "")] };
  if (ts.isTypeReferenceNode(node)) return referenceOf(node);
  if (node.kind === ts.SyntaxKind.StringKeyword) return { kind: "string" };
  if (node.kind === ts.SyntaxKind.NumberKeyword) return { kind: "number" };
  if (node.kind === ts.SyntaxKind.BooleanKeyword) return { kind: "boolean" };
  if (node.kind === ts.SyntaxKind.AnyKeyword) return { kind: "any" };
  throw new Error(`${node.getText()}: a type that this stand-in cannot read`);
}

function mapOf(node: ts.TypeLiteralNode): Shape {
  const [member] = node.members;
  if (!member || !ts.isIndexSignatureDeclaration(member)) throw new Error(`${node.getText()}: a type that this stand-in cannot read`);
  return { kind: "map", of: shapeOf(member.type) };
}

/**
 * An enum that the SDK opens up to any string is still an enum here: a value that it does not list is refused. But for those that call
 * themselves known values: they lack values that Microsoft's own templates use.
 */
function unionOf(shapes: Shape[]): Shape {
  const isOpen = (shape: Shape): boolean => shape.kind === "enum" && /\.Known[A-Z]/.test(shape.name);
  if (shapes.some(({ kind }) => kind === "string") && shapes.some(isOpen)) return { kind: "string" };
  const named = shapes.filter(({ kind }) => kind !== "string");
  const kept = named.some(({ kind }) => kind === "enum") ? named : shapes;
  return kept.length === 1 ? kept[0]! : { kind: "union", of: kept };
}

function referenceOf(node: ts.TypeReferenceNode): Shape {
  const name = node.typeName.getText();
  const [argument] = node.typeArguments ?? [];
  if ((name === "pulumi.Input" || name === "pulumi.Output") && argument) return shapeOf(argument);
  const [space, module, type] = name.split(".");
  if ((space === "inputs" || space === "outputs") && module && type) return { kind: "object", name: `${module}.${type}` };
  if (space === "enums" && module && type) return { kind: "enum", name: `${module}.${type}`, values: enumOf(module, type) };
  return { kind: "any" }; // assets and archives
}

/** Values of `export declare const X: { readonly A: "A"; }`. */
function enumOf(module: string, name: string): string[] {
  const file = `types/enums/${module}/index.d.ts`;
  const source = parse(file, () => read(file));
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    const [declaration] = statement.declarationList.declarations;
    if (declaration?.name.getText() !== name || !declaration.type || !ts.isTypeLiteralNode(declaration.type)) continue;
    return declaration.type.members.map((member) => (member as ts.PropertySignature).type!.getText().replace(/^"|"$/g, ""));
  }
  throw new Error(`${module}.${name}: not in ${file}`);
}
