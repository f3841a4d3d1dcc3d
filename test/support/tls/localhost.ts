import { readFileSync } from 'node:fs';

/** The certificate for `localhost`, and its own authority. */
export const certificate: Buffer = readFileSync(new URL('./localhost-cert.pem', import.meta.url));
export const key: Buffer = readFileSync(new URL('./localhost-key.pem', import.meta.url));
