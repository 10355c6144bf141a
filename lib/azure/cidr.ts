/** A range of IPv4 addresses. */
interface Range {
  readonly first: number;
  readonly last: number;
  /** Length of the prefix, in bits. */
  readonly bits: number;
}

/** Reads `10.0.0.0/16`; undefined: it is no range, or its address is not its first. */
export function parseCidr(text: string): Range | undefined {
  const [, a, b, c, d, bits] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)?.map(Number) ?? [];
  if (bits === undefined || bits > 32 || [a, b, c, d].some((octet) => octet! > 255)) return undefined;
  const first = ((a! * 256 + b!) * 256 + c!) * 256 + d!;
  const size = 2 ** (32 - bits);
  return first % size === 0 ? { first, last: first + size - 1, bits } : undefined;
}

/** Whether two ranges share an address. */
export const overlap = (a: Range, b: Range): boolean => a.first <= b.last && b.first <= a.last;

/** Whether `inner` lies in `outer`. */
export const within = (inner: Range, outer: Range): boolean => inner.first >= outer.first && inner.last <= outer.last;

/** The address `offset` places after the first of a range that was read before. */
export function addressAt(text: string, offset: number): string {
  const address = parseCidr(text)!.first + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
