import path from "node:path";
import ts from "typescript";

import { repoRoot } from "../lib/paths";

/** Says which changed files the type checker refuses: such a change cannot be merged, whatever the tests say. */
export class TypeChecker {
  private changed: { file: string; content: string } | undefined;
  private version = 0;
  private readonly service: ts.LanguageService;

  /** `files`: absolute paths of the files that may be changed. */
  constructor(files: readonly string[]) {
    const config = ts.getParsedCommandLineOfConfigFile(path.join(repoRoot, "tsconfig.json"), strictOnly, {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
      },
    })!;
    const snapshot = (file: string): string | undefined => (this.changed?.file === file ? this.changed.content : ts.sys.readFile(file));
    this.service = ts.createLanguageService({
      getCompilationSettings: () => config.options,
      getScriptFileNames: () => [...files],
      getScriptVersion: (file) => (this.changed?.file === file ? `changed ${this.version}` : "as written"),
      getScriptSnapshot: (file) => {
        const content = snapshot(file);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => repoRoot,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  }

  /** Whether the file (an absolute path) has errors with this content. */
  refuses(file: string, content: string): boolean {
    this.changed = { file, content };
    this.version++;
    return [...this.service.getSyntacticDiagnostics(file), ...this.service.getSemanticDiagnostics(file)].length > 0;
  }
}

/** A local that a change leaves unused is no error here: the behaviour may have changed all the same. */
const strictOnly: ts.CompilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
