// test-limit: 240s
import { plantedBugs } from './find-planted-bug.ts';
import { WITHDRAWING_BUGS } from './withdrawing-bugs.ts';

plantedBugs('withdrawing', WITHDRAWING_BUGS);
