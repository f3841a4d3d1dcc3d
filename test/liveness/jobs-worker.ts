/** A process that does the jobs that it is sent, until nobody has any more. */
import { runJob, type Job } from './jobs.ts';

process.on('message', (job: Job) => {
  process.send!(runJob(job));
});
