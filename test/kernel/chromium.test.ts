// test-limit: 120s
import { runInChromium } from './stage/chromium-suite.ts';

await runInChromium('ws');
