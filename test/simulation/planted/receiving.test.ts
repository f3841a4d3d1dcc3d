// test-limit: 180s
import { plantedBugs } from './find-planted-bug.ts';
import { RECEIVING_BUGS } from './receiving-bugs.ts';

plantedBugs('the receiving half', RECEIVING_BUGS);
