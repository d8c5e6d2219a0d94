/** Types of undici's client alone: the whole package costs 12 MiB and 50 ms more at start, mostly for fetch. */
declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici'
  export = Client
}
