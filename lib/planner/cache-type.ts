/** Bytes of one cached element; undefined: as the data type; null: unknown. */
export function cacheElementBytes(name: string | undefined): number | undefined | null {
  if (!name || /^(auto|none)$/i.test(name)) return undefined;
  if (/^(bf16|bfloat16|half|float16|fp16|f16)$/i.test(name)) return 2;
  if (/fp8|int8|^q8_0$/i.test(name)) return 1;
  if (/nvfp4|^q4_0$/i.test(name)) return 0.5625; // 4 bits and an 8-bit scale for 16 values; q4_0: 18 bytes for 32
  return null;
}
