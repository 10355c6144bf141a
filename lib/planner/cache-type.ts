/** Bytes of one cached element; undefined: as the data type; null: unknown. */
export function cacheElementBytes(name: string | undefined): number | undefined | null {
  if (!name || /^(auto|none)$/i.test(name)) return undefined;
  if (/^(bf16|bfloat16|half|float16|fp16|f16)$/i.test(name)) return 2;
  if (/fp8|int8/i.test(name)) return 1;
  if (/nvfp4/i.test(name)) return 0.5625; // 4 bits and an 8-bit scale for 16 values
  return null;
}
