// Stops with one line where Node is too old: preloaded (`node -r`) before anything an old Node cannot read.
// CommonJS and old syntax on purpose, since this is the one file that an old Node must still run.
'use strict'

var major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    'kube-eventer needs Node 24 or newer, this is ' +
      process.version +
      ': install it, or in a checkout run `npm ci`, then `npm run …`, which brings its own\n',
  )
  process.exit(1)
}
