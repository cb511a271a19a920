import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * The sha256 of a text's UTF-8 bytes, in hex.
 *
 * Not `crypto.subtle`: that exists in secure contexts only, and JupyterLab is often plain HTTP.
 */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}
