// How many bytes things have, by the rules of the WebGPU and WebNN specifications.

/** Formats whose name does not say it: bytes of a texel, all aspects. @type {Record<string, number>} */
const TEXEL_BYTES = {
  stencil8: 1, depth16unorm: 2, depth24plus: 4, 'depth24plus-stencil8': 5, depth32float: 4, 'depth32float-stencil8': 5,
  rgb9e5ufloat: 4, rgb10a2uint: 4, rgb10a2unorm: 4, rg11b10ufloat: 4,
};

/** @type {Map<string, number[] | undefined>} */
const blocks = new Map();

/** @param {string} format @returns {number[] | undefined} */
const readBlock = (format) => {
  const astc = /^astc-(\d+)x(\d+)-unorm/.exec(format);
  if (astc) return [16, +astc[1], +astc[2]];
  if (/^(bc[1-7]|etc2|eac)/.test(format)) return [/^(bc[14]|etc2-rgb8|eac-r11)/.test(format) ? 8 : 16, 4, 4];
  const plain = /^([rgba]{1,4})(8|16|32)(unorm|snorm|uint|sint|float)(-srgb)?$/.exec(format);
  const bytes = plain ? (plain[1].length * +plain[2]) / 8 : Object.hasOwn(TEXEL_BYTES, format) && TEXEL_BYTES[format];
  return bytes ? [bytes, 1, 1] : undefined;
};

/** Bytes, width and height of a format's block; nothing for a format that nobody knows. @param {string} format */
export const blockOf = (format) => {
  if (!blocks.has(format)) blocks.set(format, readBlock(format));
  return blocks.get(format);
};

/**
 * Bytes of a texture: all aspects, mips, layers and samples. NaN where the format is unknown.
 * @param {string} format
 * @param {number} dimension 1, 2 or 3
 * @param {number} width
 * @param {number} height
 * @param {number} depth of a 3D texture, else layers
 * @param {number} mips
 * @param {number} samples
 */
export const textureBytes = (format, dimension, width, height, depth, mips, samples) => {
  const block = blockOf(format);
  if (!block) return NaN;
  let bytes = 0;
  for (let mip = 0; mip < mips; mip += 1) {
    const across = Math.ceil(Math.max(1, width >>> mip) / block[1]);
    const down = Math.ceil(Math.max(1, height >>> mip) / block[2]);
    bytes += across * down * (dimension === 3 ? Math.max(1, depth >>> mip) : depth);
  }
  return bytes * block[0] * samples;
};

/** Bytes of a buffer of that size. @param {number} size */
export const bufferBytes = (size) => Math.ceil(size / 4) * 4;

/** Bytes of a tensor or constant. @param {string} type as WebNN names it @param {number[]} shape */
export const tensorBytes = (type, shape) => {
  const bits = Number(/\d+$/.exec(type)?.[0]);
  return Math.ceil(shape.reduce((product, extent) => product * extent, 1) * bits / 8);
};
