/** A state of a connection as a line for a person; the kernel's own word is on a second one. */
import { describeCause, type CloseEvidence, type ConnectionState } from '@heartwire/core';

export function stateLine(state: ConnectionState): string {
  switch (state.phase) {
    case 'idle':
      return 'not connected';
    case 'dialing':
      return `dialing ${state.address}`.trimEnd();
    case 'open':
      return 'open in both directions';
    case 'half-closed':
      return `half-closed: ${directionsLeft(state.readable, state.writable)}`;
    case 'closed':
      return `closed: ${describeCause(state.cause)}${kernelsWord(state.cause.evidence)}`;
  }
}

function directionsLeft(readable: boolean, writable: boolean): string {
  if (writable) return 'the peer has ended its direction, ours is open';
  return readable ? 'we have ended our direction, the one of the peer is open' : 'both directions have ended';
}

function kernelsWord({ errno, syscall, bytesRead, bytesWritten }: CloseEvidence = {}): string {
  const words = [
    ...(errno === undefined ? [] : [`${errno}${syscall === undefined ? '' : ` from ${syscall}`}`]),
    ...(bytesRead === undefined ? [] : [`${bytesRead} bytes read, ${bytesWritten} written`]),
  ];
  return words.length === 0 ? '' : `\n            ${words.join('; ')}`;
}
