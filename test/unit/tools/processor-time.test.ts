import { afterEach, beforeAll, expect, it, vi } from "vitest";

/** /proc/self/stat: a name with spaces and brackets, then fields of which 16 and 17 are the children's, in hundredths of a second. */
let stat = "";
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, readFileSync: (file: string, ...rest: []) => (file === "/proc/self/stat" ? stat : fs.readFileSync(file, ...rest)) };
});

let tested: typeof import("../../../tools/lib/processor-time");
beforeAll(async () => {
  vi.resetModules(); // what watches all tests has loaded it already
  tested = await vi.importActual("../../../tools/lib/processor-time");
});

const children = (user: number, system: number): void => {
  stat = `42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 1111 2222 ${user} ${system} 20 0 11`;
};
const own = (user: number, system: number) => vi.spyOn(process, "cpuUsage").mockReturnValue({ user, system });
const platform = (value: string) => Object.defineProperty(process, "platform", { value, configurable: true });
const was = process.platform;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  platform(was);
});

it("what a process used is its own and that of its children that ended", () => {
  platform("linux");
  own(1_500_000, 250_000);
  children(300, 25);
  expect(tested.processorSeconds()).toBeCloseTo(1.75 + 3.25, 9);
});

it("children are not counted where the kernel does not tell", () => {
  platform("darwin");
  own(1_500_000, 250_000);
  children(300, 25);
  expect(tested.processorSeconds()).toBe(1.75);
});

it("what was spent is the difference between two moments, in seconds", () => {
  platform("linux");
  vi.useFakeTimers({ now: 1_000_000, toFake: ["Date"] });
  own(1_000_000, 0);
  children(100, 100);
  const spent = tested.spending();
  vi.setSystemTime(1_002_500);
  own(1_600_000, 200_000);
  children(150, 125);
  const { wallSeconds, processorSeconds } = spent();
  expect(wallSeconds).toBe(2.5);
  expect(processorSeconds).toBeCloseTo(0.8 + 0.75, 9);
});
