import { own } from "../../lib/own";

const units: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity as a number: `512Mi` in bytes, `500m` in cores; undefined when it is none. */
export function quantity(text: string | number | undefined): number | undefined {
  const [, digits, unit = ""] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(text ?? "")) ?? [];
  const scale = own(units, unit);
  const value = Number(digits);
  return scale === undefined || Number.isNaN(value) ? undefined : value * scale;
}
