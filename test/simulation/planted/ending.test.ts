// test-limit: 240s
import { plantedBugs } from './find-planted-bug.ts';
import { ENDING_BUGS } from './ending-bugs.ts';

plantedBugs('ends', ENDING_BUGS);
