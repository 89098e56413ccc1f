// The first bytes of MessagePack's values, with the names of its specification. "Fix" formats hold a size or a value in
// the same byte.

/** A byte up to this one is its own value. */
export const POSITIVE_FIXINT_MAX = 0x7f;
export const FIXMAP = 0x80;
export const FIXARRAY = 0x90;
export const FIXSTR = 0xa0;
export const NIL = 0xc0;
export const FALSE = 0xc2;
export const TRUE = 0xc3;
export const BIN8 = 0xc4;
export const BIN16 = 0xc5;
export const BIN32 = 0xc6;
export const FLOAT32 = 0xca;
export const FLOAT64 = 0xcb;
export const UINT8 = 0xcc;
export const UINT16 = 0xcd;
export const UINT32 = 0xce;
export const UINT64 = 0xcf;
export const INT8 = 0xd0;
export const INT16 = 0xd1;
export const INT32 = 0xd2;
export const INT64 = 0xd3;
export const STR8 = 0xd9;
export const STR16 = 0xda;
export const STR32 = 0xdb;
export const ARRAY16 = 0xdc;
export const ARRAY32 = 0xdd;
export const MAP16 = 0xde;
export const MAP32 = 0xdf;
/** From this one on, a byte is a negative integer. */
export const NEGATIVE_FIXINT = 0xe0;

/** The largest sizes in a "fix" format. */
export const FIXMAP_MOST = 15;
export const FIXARRAY_MOST = 15;
export const FIXSTR_MOST_BYTES = 31;
