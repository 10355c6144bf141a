import { BlockList } from "node:net";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { addressAt, overlap, parseCidr, within } from "../../../lib/azure/cidr";

/** Bits of an address as text, so that ranges can be compared by their prefixes and without arithmetic. */
const bits = (address: string): string =>
  address
    .split(".")
    .map((octet) => Number(octet).toString(2).padStart(8, "0"))
    .join("");

const dotted = (text: string): string => (text.match(/.{8}/g) as string[]).map((octet) => Number.parseInt(octet, 2)).join(".");

const written = (prefix: string): string => `${dotted(prefix.padEnd(32, "0"))}/${prefix.length}`;

const prefix = fc.integer({ min: 0, max: 32 }).chain((length) => fc.stringMatching(new RegExp(`^[01]{${length}}$`)));
/** Two ranges of which one often holds the other. */
const pair = fc.oneof(
  fc.tuple(prefix, prefix),
  fc.tuple(prefix, fc.integer({ min: 0, max: 32 })).map(([text, length]) => [text, text.slice(0, length)] as [string, string]),
);

describe("a range", () => {
  it("is read as its first and last address and the length of its prefix", () => {
    fc.assert(
      fc.property(prefix, (text) => {
        const { first, last, bits: length } = parseCidr(written(text))!;
        expect(first.toString(2).padStart(32, "0")).toBe(text.padEnd(32, "0"));
        expect(last.toString(2).padStart(32, "0")).toBe(text.padEnd(32, "1"));
        expect(length).toBe(text.length);
      }),
    );
  });

  it("must be written from its first address", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, length) => {
        const isFirst = !bits(address).slice(length).includes("1");
        expect(parseCidr(`${address}/${length}`) !== undefined).toBe(isFirst);
      }),
    );
  });

  it("overlaps another when the prefix of one begins that of the other, whichever comes first", () => {
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const [a, b] = [parseCidr(written(one))!, parseCidr(written(other))!];
        const expected = one.startsWith(other) || other.startsWith(one);
        expect([overlap(a, b), overlap(b, a)]).toEqual([expected, expected]);
      }),
    );
  });

  it.each([
    ["10.0.0.255/32", "10.0.0.0/24", true],
    ["10.0.0.0/32", "10.0.0.0/24", true],
    ["10.0.1.0/32", "10.0.0.0/24", false],
    ["9.255.255.255/32", "10.0.0.0/24", false],
    ["10.0.0.7/32", "10.0.0.7/32", true],
  ])("%s overlaps %s: %s", (one, other, expected) => {
    const [a, b] = [parseCidr(one)!, parseCidr(other)!];
    expect([overlap(a, b), overlap(b, a), within(a, b)]).toEqual([expected, expected, expected]);
  });

  it("lies in another when its prefix begins with the other's", () => {
    fc.assert(
      fc.property(pair, ([one, other]) => {
        expect(within(parseCidr(written(one))!, parseCidr(written(other))!)).toBe(one.startsWith(other));
        expect(within(parseCidr(written(other))!, parseCidr(written(one))!)).toBe(other.startsWith(one));
      }),
    );
  });

  it("holds the addresses that Node.js says it holds", () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        prefix.filter(({ length }) => length > 0),
        (address, text) => {
          const list = new BlockList();
          list.addSubnet(dotted(text.padEnd(32, "0")), text.length);
          expect(within(parseCidr(`${address}/32`)!, parseCidr(written(text))!)).toBe(list.check(address));
        },
      ),
    );
  });

  it.each([
    "10.0.0.1/16",
    "10.0.0.0/33",
    "10.0.0/16",
    "256.0.0.0/8",
    "10.256.0.0/16",
    "10.0.256.0/24",
    "10.0.0.256/32",
    "10.0.0.0",
    "10.0.0.0/",
    "a10.0.0.0/16",
    "10.0.0.0/16b",
    "10.0.0.0/016",
    "",
  ])("is not %j", (text) => expect(parseCidr(text)).toBeUndefined());

  it("may end with the last address there is", () => {
    expect(parseCidr("255.255.255.255/32")).toEqual({ first: 2 ** 32 - 1, last: 2 ** 32 - 1, bits: 32 });
    expect(parseCidr("0.0.0.0/0")).toEqual({ first: 0, last: 2 ** 32 - 1, bits: 0 });
  });
});

describe("an address in a range", () => {
  it.each([
    ["10.0.0.0/16", 0, "10.0.0.0"],
    ["10.0.0.0/16", 10, "10.0.0.10"],
    ["10.0.0.0/16", 256, "10.0.1.0"],
    ["172.16.255.0/24", 255, "172.16.255.255"],
    ["200.0.0.0/8", 16_777_215, "200.255.255.255"],
  ])("%s, %i places on, is %s", (range, offset, address) => expect(addressAt(range, offset)).toBe(address));

  it("is what its bits say", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[01]{32}$/), fc.integer({ min: 0, max: 255 }), (text, offset) => {
        const first = `${text.slice(0, 24)}00000000`;
        expect(addressAt(`${dotted(first)}/24`, offset)).toBe(dotted(text.slice(0, 24) + offset.toString(2).padStart(8, "0")));
      }),
    );
  });
});
