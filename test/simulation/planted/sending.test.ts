// test-limit: 180s
import { plantedBugs } from './find-planted-bug.ts';
import { SENDING_BUGS } from './sending-bugs.ts';

plantedBugs('the sending half', SENDING_BUGS);
