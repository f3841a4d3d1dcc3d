/** What docs/causes.md says besides its tables. */

export const INTRODUCTION = `# What you are told, situation by situation

This page is made by the tests: each row was seen, by two real programs, one of which dials and is the one whose view is told. Each
section is something that happens to a connection, or to a dial (where a server is asked, it says so); each row says over which transports and on which runtimes it looks like this:

- **\`connection$\`** of the session that dialed: its states in order, after \`dialing\`. In the brackets of \`half-closed\` is what is still possible: reading (r), writing (w).
- **cause**: why the connection ended, as [the README](../README.md#why-a-connection-ended) lists them: \`closed\` is a goodbye that both sides completed, \`finished\` an end without one, \`reset\`, \`timeout\`,
  \`unreachable\` and \`refused\` are what they say, \`protocol\` says who broke it (its codes are in [errors.md](errors.md)), \`destroyed\` is our own doing, \`lost\` means that the platform does not say. In brackets is the code. – means that there was no end.
- **the kernel's word**: the errno and the system call, and the close code of a WebSocket. 1006 stands for "there was none".
- **known**: how long after it happened. *never (watched 2 s)* means that nothing came, and as a rule nothing ever would.
- **the other side is told**: the cause that the side which listens gets (always Node 20), or where a server is asked, what its client was told.
- **besides**: in bold what this runtime cannot do that Node 20 can; what a heartbeat says of it, where the kernel says nothing; how many messages that had arrived before the end were handled; events of the session.

A WebSocket has no half-close of its own. In a browser there is nothing but WebSocket, and a script is told nothing but the close code: whatever ends without one is \`lost\`.`;

export const RECIPE = `\`npm run causes\` makes it again: it runs every situation (\`test/kernel/situations\`) on every runtime that is here, writes what was seen to \`test/kernel/matrix\`, and this page from that. \`npm test\` holds Node
and Chromium against these files, \`npm run test:long\` the others. The heartbeats are short ones (dead after a second of silence); yours decide what *dead* takes with you.`;
