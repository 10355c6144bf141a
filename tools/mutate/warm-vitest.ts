import path from "node:path";
import type { TestModule, Vitest } from "vitest/node";

import { repoRoot } from "../lib/paths";
import type { Coverage, RunSettings } from "./switch";
import { WarmPool } from "./warm-worker";

export interface FileRun {
  /** Names of the tests that failed, or the message of what went wrong outside of them. Empty: nothing was noticed. */
  failures: string[];
  timedOut: boolean;
  tests: { id: string; name: string; milliseconds: number }[];
  coverage: Coverage;
}

type Module = NonNullable<ReturnType<Vitest["vite"]["environments"][string]["moduleGraph"]["getModuleById"]>>;

const isOurs = (file: string): boolean => file.startsWith(repoRoot) && !file.includes("/node_modules/");

/** One Vitest, whose process stays warm and whose modules are loaded anew only where a mutant can have left something behind. */
export class WarmVitest {
  private constructor(
    private readonly vitest: Vitest,
    private readonly pool: WarmPool,
  ) {}

  /** `sources`: instrumented code by path, which the tests load in place of the file's own. */
  static async open(sources: ReadonlyMap<string, string>): Promise<WarmVitest> {
    const { createVitest, ForksPoolWorker } = await import("vitest/node"); // ES module
    const pool = new WarmPool((options) => new ForksPoolWorker(options));
    const vitest = await createVitest(
      "test",
      {
        root: repoRoot,
        config: false,
        include: ["test/unit/**/*.test.ts"],
        watch: false,
        reporters: [{}],
        pool,
        isolate: false,
        maxWorkers: 1,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        setupFiles: [path.join(__dirname, "setup.ts")],
        silent: true,
      },
      { plugins: [{ name: "mutants", enforce: "pre", load: (id) => sources.get(id) }] },
    );
    return new WarmVitest(vitest, pool);
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.vitest.close();
  }

  /** Every file that imports one of these, directly or through others, and these themselves. */
  importersOf(files: Iterable<string>): Set<string> {
    return this.reachable(files, ({ importers }) => importers);
  }

  /** Every file of this checkout that this one imports, directly or through others, and itself; relative to the checkout, as is the argument. */
  importedBy(file: string): string[] {
    const found = this.reachable([path.join(repoRoot, file)], ({ importedModules }) => importedModules);
    return [...found].map((each) => path.relative(repoRoot, each));
  }

  private reachable(files: Iterable<string>, next: (module: Module) => Iterable<Module>): Set<string> {
    const found = new Set<string>();
    const waiting = [...files];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (!isOurs(file) || found.has(file)) continue;
      found.add(file);
      const modules = this.graphs().flatMap((graph) => [...(graph.getModulesByFile(file!) ?? [])]);
      waiting.push(...modules.flatMap((module) => [...next(module)]).flatMap((module) => module.file ?? []));
    }
    return found;
  }

  private readonly graphs = () => Object.values(this.vitest.vite.environments).map(({ moduleGraph }) => moduleGraph);

  /** Runs one test file, or only some of its tests, with the modules of `reload` and all test support loaded anew. */
  async run(testFile: string, settings: RunSettings, reload: Iterable<string>, limitMs: number, testIds?: string[]): Promise<FileRun> {
    const project = this.vitest.getRootProject();
    project.provide("mutation", settings);
    for (const file of reload) this.vitest.watcher.invalidates.add(file);
    for (const file of this.supportFiles()) this.vitest.watcher.invalidates.add(file);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      void this.pool.end();
    }, limitMs);
    const specification = project.createSpecification(testFile, testIds ? { testIds } : {});
    this.vitest.state.filesMap.clear();
    const { testModules, unhandledErrors } = await this.vitest.runTestSpecifications([specification]).finally(() => clearTimeout(timer));
    return { timedOut, ...outcome(testModules, unhandledErrors) };
  }

  private *supportFiles(): Iterable<string> {
    const root = path.join(repoRoot, "test") + path.sep;
    for (const graph of this.graphs()) for (const file of graph.fileToModulesMap.keys()) if (file.startsWith(root)) yield file;
  }
}

const messageOf = (error: unknown): string => String((error as { message?: unknown }).message ?? error);

function outcome(modules: readonly TestModule[], unhandled: readonly unknown[]): Omit<FileRun, "timedOut"> {
  const cases = modules.flatMap((module) => [...module.children.allTests()]);
  const suites = modules.flatMap((module) => [...module.children.allSuites()]);
  return {
    failures: [
      ...cases.filter((test) => test.result().state === "failed").map((test) => test.fullName),
      ...[...modules, ...suites].flatMap((suite) => suite.errors()).map(messageOf),
      ...unhandled.map(messageOf),
    ],
    tests: cases.map((test) => ({ id: test.id, name: test.fullName, milliseconds: test.diagnostic()?.duration ?? 0 })),
    coverage: modules[0]?.meta().coverage ?? { static: {}, perTest: {} },
  };
}
