/** A worker that never comes to an end with any job. */
import { parentPort } from 'node:worker_threads'

parentPort?.on('message', () => {
  for (;;);
})
