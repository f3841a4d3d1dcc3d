// test-limit: 300s
import { runInChromium } from './stage/chromium-suite.ts';

await runInChromium('wss');
