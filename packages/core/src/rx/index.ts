// The public subpath '@heartwire/core/rx': what fits sessions into RxJS programs that are built from cold streams and operators.
export { connect$, type ConnectStreamOptions } from './connect-stream.ts';
export { throwOnClose } from './throw-on-close.ts';
export { whileAlive, type WhileAliveOptions } from './while-alive.ts';
