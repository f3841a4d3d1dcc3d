/** `npm start`: reads the options, starts the server, says where it is, and stops it in good order. */
import { openChatLog, type ChatLog } from './chat-log.ts';
import { startChatServer, type ChatServer } from './chat-server.ts';
import { HELP, readOptions, type Options } from './options.ts';

const options = optionsOrExit();
if (options.help) {
  process.stdout.write(HELP);
} else {
  try {
    await run(options);
  } catch (error) {
    process.stderr.write(`chat: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`chat: ${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

async function run({ host, tcpPort, httpPort, log: logFile }: Options): Promise<void> {
  const log = await openChatLog(logFile);
  const server = await startChatServer({ host, tcpPort, httpPort, log });
  process.stdout.write(introduction(server, logFile));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The second one is for those who do not want to wait.
    process.once(signal, () => {
      process.once(signal, () => process.exit(1));
      void stop(server, log);
    });
  }
}

async function stop(server: ChatServer, log: ChatLog): Promise<void> {
  process.stderr.write('chat: saying goodbye to everybody\n');
  await server.stop();
  await log.close();
}

function introduction({ tcpAddress, wsAddress, pageAddress }: ChatServer, logFile: string | undefined): string {
  return `
  heartwire chat is running

    page       ${pageAddress}
    WebSocket  ${wsAddress}
    TCP        ${tcpAddress}

  Open the page in two tabs and talk, or talk from a terminal:

    npm run chat -- ${tcpAddress}
    npm run chat -- ${wsAddress} < some-file.txt

  ${logFile === undefined ? 'What is said appears below.' : `What is said is written to ${printableFile(logFile)}.`} Ctrl-C stops the server.

`;
}

function printableFile(file: string): string {
  return JSON.stringify(file).slice(1, -1);
}
