// test-limit: 240s
import { plantedBugs } from './find-planted-bug.ts';
import { RESUMING_BUGS } from './resuming-bugs.ts';

plantedBugs('resuming', RESUMING_BUGS);
