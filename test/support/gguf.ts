/** Header of a GGUF file: magic (4 bytes), version (4), number of tensors (8), number of keys (8); the keys follow. */
const [keyCountAt, keysAt] = [16, 24];
const types = { uint32: 4, string: 8 };

function text(value: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(value.length));
  return Buffer.concat([length, Buffer.from(value)]);
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/**
 * The weights of a model of text as those of one that embeds: a key says how the states of all tokens become one vector (1: their mean), by which
 * Ollama knows it, and then asks it for no text. A second key fills up to the alignment of the tensors (32 bytes), so that they stay as they are.
 */
export function asEmbedding(gguf: Buffer, architecture: string): Buffer {
  const pooling = Buffer.concat([text(`${architecture}.pooling_type`), uint32(types.uint32), uint32(1)]);
  const filler = (length: number) => Buffer.concat([text("filler"), uint32(types.string), text("x".repeat(length))]);
  const missing = (32 - ((pooling.length + filler(0).length) % 32)) % 32;
  const made = Buffer.concat([gguf.subarray(0, keysAt), pooling, filler(missing), gguf.subarray(keysAt)]);
  made.writeBigUInt64LE(gguf.readBigUInt64LE(keyCountAt) + 2n, keyCountAt);
  return made;
}
