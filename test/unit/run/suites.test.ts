import { describe, expect, it } from "vitest";

import { unexplained } from "../../run/skips";
import { pytestResults } from "../../run/suites";

describe("a skipped test", () => {
  const root = [{ name: "as root", reason: "x", holds: () => true }];
  const elsewhere = [{ name: "as root", reason: "x", holds: () => false }];

  it("is explained by a reason that names it and holds here, and by no other", () => {
    expect(unexplained(["lab > runs as root", "lab > other"], root)).toEqual(["lab > other"]);
    expect(unexplained(["lab > runs as root"], elsewhere)).toEqual(["lab > runs as root"]);
    expect(unexplained([], root)).toEqual([]);
  });
});

describe("pytest's report", () => {
  const xml = `<?xml version="1.0"?><testsuites><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="9.1">
<testcase classname="tests.test_start" name="test_ready" time="1.25" />
<testcase classname="tests.test_start" name="test_bad[&quot;a&quot;]" time="0.5"><failure message="assert 1 == 2&#10;  more">trace</failure></testcase>
<testcase classname="tests.test_limits" name="test_gone" time="0.25"><error message="fixture &lt;x&gt; failed">trace</error></testcase>
<testcase classname="tests.test_limits" name="test_left" time="0.0"><skipped type="pytest.skip" message="no GPU">here</skipped></testcase>
</testsuite></testsuites>`;

  it("is reported by file: what passed, what failed and why; a skip without a reason is a failure", () => {
    const common = { suite: "onnx-server", processorSeconds: 0, hookSeconds: 0, skipped: 0 };
    expect(pytestResults(xml)).toEqual([
      {
        ...common,
        ...{ file: "images/onnx-server/tests/test_start.py", wallSeconds: 1.75, testSeconds: 1.75, passed: 1, failed: 1 },
        failures: [{ name: 'test_bad["a"]', why: "assert 1 == 2" }],
      },
      {
        ...common,
        ...{ file: "images/onnx-server/tests/test_limits.py", wallSeconds: 0.25, testSeconds: 0.25, passed: 0, failed: 2 },
        failures: [
          { name: "test_gone", why: "fixture <x> failed" },
          { name: "test_left", why: "skipped, and test/run/skips.ts has no reason for it" },
        ],
      },
    ]);
  });
});
