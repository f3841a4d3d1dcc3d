/** Whether this machine lets a test have networks of its own. */
import { removeLeftovers } from './namespace-name.ts';
import { Network } from './network.ts';

/** Null when it does, else why not. What earlier tests have left behind is gone afterwards. Never rejects. */
export async function whyNoNetworks(): Promise<string | null> {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  try {
    await removeLeftovers();
    await (await Network.make()).remove();
    return null;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? '';
    const [reason] = (said.trim() || (error as Error).message).split('\n');
    return `no network namespaces can be made here: ${reason}`;
  }
}
