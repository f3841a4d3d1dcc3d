/** How a program says that its runtime has no means for a command: then there is nothing to be seen, and that is no failure. */
export const IMPOSSIBLE = 'impossible here';
