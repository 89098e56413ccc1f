// The Python text encodings that this worker supports, and how each is implemented. A test compares the names with an
// installed Python.
import { systemRules } from "../system-rules.ts";

/** How an encoding is implemented: by our own code, or by iconv-lite under that name. */
export type Codec =
  | { readonly name: string; readonly form: "utf-8" }
  | { readonly name: string; readonly form: "utf-8-sig" | "ascii" | "latin-1" }
  | { readonly name: string; readonly form: "wide"; readonly unitBytes: 2 | 4; readonly order: ByteOrder }
  | { readonly name: string; readonly form: "iconv"; readonly table: string };

/** `mark`: set by a byte order mark; without one it is `little`, as on the hosts that workers run on. */
export type ByteOrder = "mark" | "little" | "big";

/**
 * A value of `unicode_encoding`, found like Python's `codecs.lookup`, which ignores case and punctuation. Undefined for
 * a name unknown to Python, and for the few encodings that iconv-lite lacks.
 */
export function codecOf(name: string): Codec | undefined {
  const wanted = plain(systemRules.codecName(name));
  if (wanted === "") return undefined;
  for (const [known, aliases] of Object.entries(codecNames)) {
    if (plain(known) === wanted || aliases.split(" ").includes(wanted)) return codecNamed(known);
  }
  return undefined;
}

/** Python's codec names, for the test that compares them. */
export function knownCodecs(): readonly string[] {
  return Object.keys(codecNames);
}

function codecNamed(name: string): Codec {
  if (name === "utf-8") return { name, form: name };
  if (name === "utf-8-sig" || name === "ascii") return { name, form: name };
  if (name === "iso8859-1") return { name, form: "latin-1" };
  const wide = /^utf-(16|32)(?:-(le|be))?$/.exec(name);
  if (wide === null) return { name, form: "iconv", table: iconvNames[name] ?? name };
  const order = wide[2] === undefined ? "mark" : wide[2] === "le" ? "little" : "big";
  return { name, form: "wide", unitBytes: wide[1] === "16" ? 2 : 4, order };
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Where iconv-lite uses another name. */
const iconvNames: Readonly<Record<string, string>> = {
  kz1048: "rk1048",
  "mac-latin2": "maccenteuro",
  ptcp154: "pt154",
};

/** Python's name of each codec, and its other names as `plain` writes them. */
const codecNames: Readonly<Record<string, string>> = {
  ascii: "646 ansix341968 ansix341986 cp367 csascii ibm367 iso646irv1991 iso646us isoir6 us usascii",
  big5: "big5tw csbig5 xmactradchinese",
  big5hkscs: "hkscs",
  cp1125: "1125 cp866u ibm1125 ruscii",
  cp1250: "1250 windows1250",
  cp1251: "1251 windows1251",
  cp1252: "1252 windows1252",
  cp1253: "1253 windows1253",
  cp1254: "1254 windows1254",
  cp1255: "1255 windows1255",
  cp1256: "1256 windows1256",
  cp1257: "1257 windows1257",
  cp1258: "1258 windows1258",
  cp437: "437 cspc8codepage437 ibm437",
  cp720: "",
  cp737: "",
  cp775: "775 cspc775baltic ibm775",
  cp850: "850 cspc850multilingual ibm850",
  cp852: "852 cspcp852 ibm852",
  cp855: "855 csibm855 ibm855",
  cp856: "",
  cp857: "857 csibm857 ibm857",
  cp858: "858 csibm858 ibm858",
  cp860: "860 csibm860 ibm860",
  cp861: "861 cpis csibm861 ibm861",
  cp862: "862 cspc862latinhebrew ibm862",
  cp863: "863 csibm863 ibm863",
  cp864: "864 csibm864 ibm864",
  cp865: "865 csibm865 ibm865",
  cp866: "866 csibm866 ibm866",
  cp869: "869 cpgr csibm869 ibm869",
  cp874: "",
  cp932: "932 ms932 mskanji windows31j",
  cp949: "949 ms949 uhc",
  cp950: "950 ms950",
  euc_jp: "ujis",
  euc_kr: "korean ksc5601 ksc56011987 ksx1001 xmackorean",
  gb18030: "gb180302000",
  gb2312: "chinese csiso58gb231280 euccn eucgb2312cn gb23121980 gb231280 isoir58 xmacsimpchinese",
  gbk: "936 cp936 ms936",
  "hp-roman8": "cp1051 cshproman8 ibm1051 r8 roman8",
  "iso8859-10": "csisolatin6 iso8859101992 isoir157 l6 latin6",
  "iso8859-11": "iso8859112001 thai",
  "iso8859-13": "l7 latin7",
  "iso8859-14": "iso8859141998 isoceltic isoir199 l8 latin8",
  "iso8859-15": "l9 latin9",
  "iso8859-16": "iso8859162001 isoir226 l10 latin10",
  "iso8859-2": "csisolatin2 iso885921987 isoir101 l2 latin2",
  "iso8859-3": "csisolatin3 iso885931988 isoir109 l3 latin3",
  "iso8859-4": "csisolatin4 iso885941988 isoir110 l4 latin4",
  "iso8859-5": "csisolatincyrillic cyrillic iso885951988 isoir144",
  "iso8859-6": "arabic asmo708 csisolatinarabic ecma114 iso885961987 isoir127",
  "iso8859-7": "csisolatingreek ecma118 elot928 greek greek8 iso885971987 isoir126",
  "iso8859-8": "csisolatinhebrew hebrew iso885981988 isoir138",
  "iso8859-9": "csisolatin5 iso885991989 isoir148 l5 latin5",
  "koi8-r": "cskoi8r",
  "koi8-t": "",
  "koi8-u": "",
  kz1048: "rk1048 strk10482002",
  "iso8859-1": "8859 cp819 csisolatin1 ibm819 iso8859 iso885911987 isoir100 l1 latin latin1",
  "mac-croatian": "",
  "mac-cyrillic": "",
  "mac-greek": "",
  "mac-iceland": "",
  "mac-latin2": "maccenteuro maccentraleurope",
  "mac-roman": "macintosh",
  "mac-turkish": "",
  ptcp154: "cp154 csptcp154 cyrillicasian pt154",
  shift_jis: "csshiftjis sjis xmacjapanese",
  "tis-620": "isoir166 tis6200 tis62025290 tis62025291",
  "utf-16": "u16",
  "utf-16-be": "unicodebigunmarked",
  "utf-16-le": "unicodelittleunmarked",
  "utf-32": "u32",
  "utf-32-be": "",
  "utf-32-le": "",
  "utf-8": "cp65001 u8 utf utf8ucs2 utf8ucs4",
  "utf-8-sig": "",
};
