// test-limit: 240s
import { plantedBugs } from './find-planted-bug.ts';
import { RACING_BUGS } from './racing-bugs.ts';

plantedBugs('racing', RACING_BUGS);
