/** Bytes of one GiB. */
export const bytesPerGib = 1024 ** 3;

/** Bytes in GiB. */
export const gib = (bytes: number): number => bytes / bytesPerGib;

/** A number rounded to `digits` decimals. */
export const round = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** `12.34 GiB`. */
export const formatGib = (value: number): string => `${value.toFixed(2)} GiB`;

/** `131,072`. */
export const formatCount = (value: number): string => Math.round(value).toLocaleString("en-US");

/** `$1,234.50`. */
export const formatUsd = (value: number, digits = 2): string =>
  `$${value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
