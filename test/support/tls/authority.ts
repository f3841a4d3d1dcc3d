import { readFileSync } from 'node:fs';

/** The authority that has signed the certificates below. */
export const authority: Buffer = read('authority');
/** For `localhost`. */
export const issued: Buffer = read('issued');
/** For `localhost`, in 2020. */
export const expired: Buffer = read('expired');
/** For `localhost`, in 2119. */
export const future: Buffer = read('future');
/** For `chat.example`. */
export const otherName: Buffer = read('other-name');

function read(name: string): Buffer {
  return readFileSync(new URL(`./${name}-cert.pem`, import.meta.url));
}
